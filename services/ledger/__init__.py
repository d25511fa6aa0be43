"""What follows from the rows: balances, document numbers, open checkouts, invoice events."""
