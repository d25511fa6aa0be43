"""Tests of `web/dashboard/settings`."""
