"""Campaigns and ads, as clients see them."""
