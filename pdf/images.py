"""Images: the logo and the QR code."""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final

import segno
from PIL import Image as Pillow

_MAX_PIXELS: Final = 4096 * 4096
_UNREADABLE: Final = (
    *(OSError, SyntaxError, ValueError, EOFError),
    *(Pillow.DecompressionBombError, Pillow.DecompressionBombWarning),
)
"""The errors of Pillow for broken or huge files."""
_MAX_SIZE: Final = (600, 300)
"""The largest logo that a file embeds, in pixels; it is drawn smaller than that."""


@dataclass(frozen=True, slots=True)
class Image:
    """An embedded image: deflated samples of eight bits."""

    width: int
    height: int
    color: bytes
    """Red, green and blue, row by row."""
    alpha: bytes | None
    """The opacity of each pixel; None if all are opaque."""


@lru_cache(maxsize=16)
def read_logo(content: bytes) -> Image | None:
    """Return the image in a PNG or JPEG file; None for any other, broken or huge file."""
    try:
        with Pillow.open(BytesIO(content), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return None
            opened.thumbnail(_MAX_SIZE)
            pixels = opened.convert("RGBA")
    except _UNREADABLE:
        return None
    alpha = pixels.getchannel("A")
    return Image(
        width=pixels.width,
        height=pixels.height,
        color=zlib.compress(pixels.convert("RGB").tobytes()),
        alpha=None if alpha.getextrema() == (255, 255) else zlib.compress(alpha.tobytes()),
    )


@lru_cache(maxsize=256)
def qr_code(text: str) -> tuple[bytes, ...]:
    """Return the rows of a QR code (ISO/IEC 18004), a byte for each module; 1 is dark.

    Text is in UTF-8, as the codes of banks say it is. The error correction level is M. The mask is
    fixed, since readers accept any, and choosing the best of eight takes longer than drawing the
    rest of the document.
    """
    code = segno.make(text, error="m", encoding="utf-8", mask=2, micro=False, boost_error=False)
    return tuple(map(bytes, code.matrix))
