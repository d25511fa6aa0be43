"""Tests of `web/dashboard/home`."""
