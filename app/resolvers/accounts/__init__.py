"""Accounts, their brands and the people in them."""
