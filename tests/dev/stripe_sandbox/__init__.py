"""Tests of the stand-in for Stripe, through Stripe's own SDK."""
