"""Tests of `web/dashboard/lists`."""
