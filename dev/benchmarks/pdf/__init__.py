"""PDFs of the portal beside those of other renderers."""
