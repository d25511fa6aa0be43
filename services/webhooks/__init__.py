"""Webhooks: telling other programs of events."""
