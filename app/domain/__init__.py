"""The rules: pure, synchronous, no I/O and no clock."""
