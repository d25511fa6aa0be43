"""The GraphQL endpoint: the schema, its limits, HTTP, server-sent events and websockets."""
