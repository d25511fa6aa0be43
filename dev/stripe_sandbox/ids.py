"""Ids like Stripe's: a prefix for the kind of object, then letters and digits."""

import secrets
import string
from typing import Final

_CHARACTERS: Final = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """Return a random id; `length` counts the characters after the prefix."""
    return f"{prefix}_{''.join(secrets.choice(_CHARACTERS) for _ in range(length))}"
