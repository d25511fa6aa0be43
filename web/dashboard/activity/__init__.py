"""What happened: timelines of documents and customers, and the feed of the company."""
