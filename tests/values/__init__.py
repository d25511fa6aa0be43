"""Money, taxes, parties and prices."""
