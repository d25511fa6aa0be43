"""`make fuzz`: generated GraphQL and HTTP, which must never be answered with a fault."""
