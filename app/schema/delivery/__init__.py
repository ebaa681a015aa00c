"""Delivery, as clients see it."""
