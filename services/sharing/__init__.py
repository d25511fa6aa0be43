"""Links and tokens, the portal, and the views of shared invoices."""
