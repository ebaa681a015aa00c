"""Campaigns and their ads: what can be asked of them and done to them."""
