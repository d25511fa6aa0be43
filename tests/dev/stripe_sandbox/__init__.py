"""Tests of the Stripe sandbox, through Stripe's own SDK."""
