"""Tests of `services/billing/lists`."""
