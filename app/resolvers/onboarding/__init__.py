"""Registrations: applied for, reviewed, approved."""
