"""Moderation: the life of a case, and the rules of the ad policy."""
