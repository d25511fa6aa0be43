"""What clients see behind a link."""
