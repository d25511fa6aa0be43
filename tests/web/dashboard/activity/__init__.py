"""Tests of `web/dashboard/activity`."""
