"""People, their sessions, and the tokens of integrations, as GraphQL shows them."""
