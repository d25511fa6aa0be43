"""What the dashboard's lists share."""
