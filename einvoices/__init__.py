"""E-invoices by EN 16931: an issued invoice or credit note in, the bytes of its XML out.

The names of the business terms (BT-…) and groups (BG-…) are those of the standard.
"""
