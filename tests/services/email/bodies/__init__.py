"""Tests of `services/email/bodies`."""
