"""What is billed: customers, invoices, quotes, credit notes and manual payments."""
