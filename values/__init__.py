"""Money, taxes, parties and payments as plain values, and how a document's figures add up.

Nothing here depends on the database, so the processes that render PDFs don't load it.
"""
