"""Where everything is on the pages of a document."""
