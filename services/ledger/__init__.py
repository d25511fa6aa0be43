"""Balances, document numbers, open checkouts, invoice events, and checks of their integrity."""
