"""Registrations, their terms and their review."""
