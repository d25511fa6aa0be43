"""Benchmarks: the portal against hand-written floors and other renderers, in one run."""
