"""Lists of documents and customers: what narrows them, their orders, and their export."""
