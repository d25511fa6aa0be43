"""What the dashboard's pages of invoices, quotes and credit notes share."""
