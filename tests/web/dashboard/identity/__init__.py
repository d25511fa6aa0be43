"""Tests of `web/dashboard/identity`."""
