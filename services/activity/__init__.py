"""Timelines: what happened to documents and customers, read from the rows that say so."""
