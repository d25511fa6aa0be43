"""Forms of the dashboard: their fields, their pages, and their errors."""
