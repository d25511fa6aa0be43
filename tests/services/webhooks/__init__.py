"""Tests of `services/webhooks`."""
