"""The company's settings: its details, users, API keys, payments and audit log."""
