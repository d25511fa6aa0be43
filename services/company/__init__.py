"""Companies: how they begin, their settings and logos."""
