"""The database below the rows: connections, transactions, signals, SQL and migrations."""
