"""The worker processes, and what they make."""
