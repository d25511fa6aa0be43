"""The stand-in for Stripe, as Stripe's own SDK finds it."""
