"""Tests of `services/billing/overview`."""
