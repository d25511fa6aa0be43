"""Letters, the messages they become, and who carries those."""
