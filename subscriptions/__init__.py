"""What is followed live: a hint that something happened, and the rows that say what."""
