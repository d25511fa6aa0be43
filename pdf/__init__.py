"""PDFs: a frozen document in, bytes out, and the worker processes that render."""
