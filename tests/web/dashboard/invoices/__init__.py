"""Tests of web/dashboard/invoices."""
