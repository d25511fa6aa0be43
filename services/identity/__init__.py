"""Who acts: signing in, users, passwords and API keys."""
