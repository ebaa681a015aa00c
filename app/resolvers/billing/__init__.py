"""Billing: what clicks cost is accrued, charged to cards, credited, and proved."""
