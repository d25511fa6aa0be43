"""Benchmarks of PDF rendering, compared with other libraries."""
