"""Delivery over HTTP: what shops, partner sites and shoppers' browsers call."""
