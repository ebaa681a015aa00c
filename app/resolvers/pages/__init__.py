"""Brand Pages: what can be asked of them and done to them."""
