"""Stripe: calls to its API, its events, and its amounts."""
