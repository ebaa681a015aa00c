"""HTTP in, HTTP out: the gate, the GraphQL endpoint, sessions, GraphiQL, health."""
