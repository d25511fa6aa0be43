"""Documents, and the PDFs that they become."""
