"""Campaigns and ads: their states, what is effective and why, and the checks of what people enter."""
