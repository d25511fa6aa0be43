"""Writing, issuing, sharing and using credit notes in the dashboard."""
