"""Tests of `web/dashboard/sharing`."""
