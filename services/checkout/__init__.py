"""Paying online: Stripe Checkout, from the payment options to the ledger."""
