"""How many blocks of the database a request reads, at very different numbers of invoices."""
