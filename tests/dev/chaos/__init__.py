"""The short form of `make chaos`, and whether it sees what it looks for."""
