"""Tests of `services/email`."""
