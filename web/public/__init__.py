"""What clients see behind a link: invoices, quotes, the portal, PDFs and preferences."""
