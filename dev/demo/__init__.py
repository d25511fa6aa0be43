"""`invotify demo`: a believable company in a fresh SQLite file, the same at every start."""
