"""Tests of `integrations/webhooks`."""
