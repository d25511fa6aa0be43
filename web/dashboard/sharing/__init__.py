"""Sharing invoices, quotes and credit notes from the dashboard."""
