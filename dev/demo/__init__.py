"""`invotify demo`: a sample company in a new SQLite file, the same at every start."""
