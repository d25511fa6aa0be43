"""The verbs: each owns its transaction, returns a row or a frozen dataclass, raises a named error.

Nothing here knows GraphQL or HTTP.
"""
