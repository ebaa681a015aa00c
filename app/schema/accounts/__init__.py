"""Accounts, their brands and the people in them, as GraphQL shows them."""
