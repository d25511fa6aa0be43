"""Sharing documents: the panel with the link, and the pages of invoices and quotes."""
