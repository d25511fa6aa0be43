"""Tests of `integrations/mail`."""
