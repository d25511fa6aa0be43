"""What the database itself does when rows change."""
