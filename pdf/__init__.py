"""A frozen document in, the bytes of a PDF out; and the worker processes that do it."""
