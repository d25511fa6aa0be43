"""Pictures: the business's logo, and the QR code that opens the live page."""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final

import segno
from PIL import Image as Pillow

_MOST_PIXELS: Final = 4096 * 4096
_UNREADABLE: Final = (
    *(OSError, SyntaxError, ValueError, EOFError),
    *(Pillow.DecompressionBombError, Pillow.DecompressionBombWarning),
)
"""What Pillow raises for files that are broken, or too large."""
_LARGEST: Final = (600, 300)
"""Pixels of a logo that a file carries: what is larger is drawn smaller anyway."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as a file carries it: deflated samples of eight bits."""

    width: int
    height: int
    color: bytes
    """Red, green and blue, row by row."""
    alpha: bytes | None
    """How opaque each pixel is; None if all are."""


@lru_cache(maxsize=16)
def read_logo(content: bytes) -> Image | None:
    """Return the picture in a PNG or JPEG file; None for what is none, is broken or is a bomb."""
    try:
        with Pillow.open(BytesIO(content), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.thumbnail(_LARGEST)
            pixels = opened.convert("RGBA")
    except _UNREADABLE:
        return None
    alpha = pixels.getchannel("A")
    return Image(
        pixels.width,
        pixels.height,
        zlib.compress(pixels.convert("RGB").tobytes()),
        None if alpha.getextrema() == (255, 255) else zlib.compress(alpha.tobytes()),
    )


@lru_cache(maxsize=256)
def qr_code(text: str) -> tuple[bytes, ...]:
    """Return the rows of a QR code (ISO/IEC 18004), one byte a module: 1 is dark.

    Its level of error correction is M. The mask is fixed: readers take any, and to choose the best
    of the eight would take longer than to draw the rest of the document.
    """
    return tuple(
        map(bytes, segno.make(text, error="m", mask=2, micro=False, boost_error=False).matrix)
    )
