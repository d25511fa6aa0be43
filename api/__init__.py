"""The GraphQL schema put together, its limits, and how it is served over HTTP and websockets."""
