"""What operators see of the portal: metrics and traces."""
