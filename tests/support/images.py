"""Valid and hostile image files, as bytes."""

import struct
import zlib
from io import BytesIO
from typing import Any, Final

from PIL import Image

Color = tuple[int, ...]

RED: Final = (255, 0, 0)
BLUE: Final = (0, 0, 255)


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the image as a file of this format."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(
    kind: str = "PNG", size: tuple[int, int] = (40, 20), color: Color = RED, **options: Any
) -> bytes:
    """Return an image of one colour."""
    return encode(Image.new("RGBA" if len(color) > 3 else "RGB", size, color), kind, **options)


def decode(content: bytes) -> Image.Image:
    """Return the image in a PNG."""
    image = Image.open(BytesIO(content), formats=["PNG"])
    image.load()
    return image


def halves(mode: str = "RGB") -> Image.Image:
    """Return an image of 40 x 20 pixels, red on the left and blue on the right."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image.convert(mode)


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """Return a chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, *chunks: bytes, depth: int = 8, color_type: int = 0) -> bytes:
    """Return a PNG with this header and these chunks, even if they don't fit together."""
    head = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IEND")


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG that would need a byte of memory per pixel."""
    rows = zlib.compressobj(9)
    content = b"".join(rows.compress(bytes(width + 1)) for _ in range(height)) + rows.flush()
    return png(width, height, chunk(b"IDAT", content))


def many_scans(scans: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    file = encode(Image.new("RGB", size, RED), "JPEG", progressive=True)
    last = file[file.rindex(b"\xff\xda") : -2]
    return file[:-2] + last * scans + file[-2:]
