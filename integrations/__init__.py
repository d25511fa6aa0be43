"""The services of others that the portal talks to, each behind an adapter of its own."""
