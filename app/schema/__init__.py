"""What may be asked: the one GraphQL schema, a file for each domain."""
