"""Tests of formats, parsing and translations."""
