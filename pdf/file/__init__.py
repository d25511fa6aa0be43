"""The file of drawn pages: its objects, the tree of its structure, and its metadata."""
