"""The laws of the house, as tests that read its source and its schema."""
