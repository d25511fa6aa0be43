"""Tests of web/dashboard/questions."""
