"""Tests of the rules of banks."""
