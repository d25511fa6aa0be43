"""Stripe: how amounts are said to it, what is asked of it, and what its events say."""
