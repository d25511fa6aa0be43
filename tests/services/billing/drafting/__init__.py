"""Tests of `services/billing`."""
