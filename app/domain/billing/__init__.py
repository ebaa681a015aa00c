"""Billing: cards, the ladder of thresholds, charges and the ledger that they are kept in."""
