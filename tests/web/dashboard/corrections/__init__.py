"""Tests of web/dashboard/corrections."""
