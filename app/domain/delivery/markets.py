"""Where auctions are held: one market of all real accounts, and one of each test account, apart from it (S28)."""

from uuid import UUID

REAL = UUID(int=0)
"""The market of real accounts and shoppers; that of a test account has the account's id."""
