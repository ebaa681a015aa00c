"""Where it is kept: tables, the unit of work, the two locks, pages and declared reads."""
