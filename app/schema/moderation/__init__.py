"""Moderation, as advertisers and moderators see it."""
