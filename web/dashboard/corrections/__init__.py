"""Corrections of what staff recorded, and the history that they leave on invoices."""
