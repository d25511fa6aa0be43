"""Following events live: hints that there are new rows, and reading the rows."""
