"""Tests of `services/checkout`."""
