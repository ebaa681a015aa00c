"""Billing, as clients see it."""
