"""What operators do, and what the portal does for them on schedules."""
