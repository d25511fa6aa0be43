"""E-mails to clients: what they say, how they are put together, and who carries them."""
