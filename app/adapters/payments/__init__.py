"""Payment processors: Stripe, and a pretend one for development and tests."""
