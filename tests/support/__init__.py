"""What tests share: servers, clients, rows, and substitutes for external services."""
