"""Money, dates and texts in a language."""
