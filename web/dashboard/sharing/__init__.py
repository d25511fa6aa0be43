"""Sharing invoices and quotes from the dashboard."""
