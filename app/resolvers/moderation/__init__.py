"""Moderation: what advertisers hand in, and the desk where people decide."""
