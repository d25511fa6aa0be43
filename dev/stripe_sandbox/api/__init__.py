"""Stripe's API: what each endpoint takes, does and answers."""
