"""Tests of web/dashboard/forms."""
