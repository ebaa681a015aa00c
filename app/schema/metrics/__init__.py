"""Metrics, as clients see them."""
