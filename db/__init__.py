"""The database below the rows: connections, transactions, compiled queries and migrations."""
