"""Tests of `web/dashboard`."""
