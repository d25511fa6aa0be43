"""Tests of web/dashboard/documents."""
