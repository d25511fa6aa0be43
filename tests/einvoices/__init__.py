"""The XML of e-invoices, and what is missing for them."""
