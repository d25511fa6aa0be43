"""HTTP for GraphQL clients: content negotiation, persisted queries, and GraphiQL."""
