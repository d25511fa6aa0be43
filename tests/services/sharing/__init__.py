"""Tests of `services/sharing`."""
