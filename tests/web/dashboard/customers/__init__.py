"""Tests of web/dashboard/customers."""
