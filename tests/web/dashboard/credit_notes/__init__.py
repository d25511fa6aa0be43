"""Tests of web/dashboard/credit_notes."""
