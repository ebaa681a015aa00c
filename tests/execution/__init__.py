"""The engine held against graphql-core: the same operations, the same answers."""
