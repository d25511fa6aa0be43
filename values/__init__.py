"""Money, taxes, parties and payments as plain values, and how a document's figures add up.

Nothing here knows a database, so processes that render PDFs don't load one.
"""
