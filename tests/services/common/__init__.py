"""Tests of `services/common`."""
