"""Quotes in the dashboard."""
