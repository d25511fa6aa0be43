"""Endpoints for programs: health, metrics, Stripe's webhook and logos."""
