"""Delivery: counting what shoppers did, and replaying logs of it."""
