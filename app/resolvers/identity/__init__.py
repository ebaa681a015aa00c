"""People: who asks, their sessions, the tokens of integrations, and one-time links."""
