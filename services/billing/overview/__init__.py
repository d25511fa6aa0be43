"""The company at a glance: what its home page shows."""
