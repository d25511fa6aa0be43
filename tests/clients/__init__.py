"""Public GraphQL clients and tools, with their default settings, against a portal."""
