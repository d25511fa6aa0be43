"""Stripe's API: the parameters, the work and the response of each endpoint."""
