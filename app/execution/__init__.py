"""How GraphQL fields read rows: the vocabulary of declarations, and what runs them."""
