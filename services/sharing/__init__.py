"""What is shared: links and tokens, the portal, and the views of shared invoices."""
