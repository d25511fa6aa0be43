"""Hand-written servers that answer as the portal does."""
