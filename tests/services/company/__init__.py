"""Tests of `services/company`."""
