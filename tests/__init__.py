"""The tests: they start their own servers, and run on SQLite and on PostgreSQL with Redis."""
