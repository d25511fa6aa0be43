"""Tests of `services/identity`."""
