"""Tests of which views are automated, and which are suspected."""
