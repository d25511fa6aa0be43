"""Writing to a connection at once: an ASGI extension of the portal's own protocols."""

from collections.abc import Callable
from typing import Final, TypeAlias

WriteNow: TypeAlias = Callable[[bytes], bool]
"""Writes a frame, unless the client hasn't read what was written before; whether it did."""
WRITE_NOW: Final = "invotify.write_now"
"""The name of the extension, whose value is a WriteNow."""
