"""Invoices in the dashboard."""
