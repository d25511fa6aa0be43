"""Redrawing uploaded images. Nothing else of the uploaded file is kept."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import ExifTags, Image, UnidentifiedImageError
from structlog import get_logger

from errors import BadInput, PortalError, Text

MAX_SIDE: Final = 4096
"""The maximum width and height of an uploaded image, in pixels."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
"""Unlike SVG, none of these can run scripts or load anything. The bytes decide the format."""
_MAX_SCANS: Final = 100
"""Scans of a progressive JPEG, which usually has about ten."""
_MAX_SCANNED_PIXELS: Final = 200_000_000
"""Scans times pixels. A scan takes only 33 bytes, but costs a walk over all pixels. So many take
about a quarter of a second."""
_SCAN: Final = b"\xff\xda"
"""The marker that begins a scan. It can't occur within a scan's data (ISO 10918-1 B.1.1.5)."""
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn an image of this orientation upright (Exif 2.32, 4.6.4 A)."""
_ROTATED: Final = frozenset({5, 6, 7, 8})
_NO_IMAGE: Final = Text("Choose a PNG, JPEG, WebP or GIF image.")
_TOO_LARGE: Final = Text("Choose an image of at most %(side)s by %(side)s pixels.", side=MAX_SIDE)
_TOO_SLOW: Final = Text("Choose a smaller JPEG, or save it without progressive display.")
_BROKEN: Final = Text("The image file is damaged. Try another one.")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A redrawn PNG, with its size in pixels."""

    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex."""
        return sha256(self.content).hexdigest()


def redraw(upload: bytes, *, fit: tuple[int, int]) -> Picture:
    """Return the uploaded image upright, without metadata, and shrunk to `fit` (width, height).

    An animation becomes its first frame. The same upload gives the same bytes. It takes up to a
    second and 300 MB, so call it in a thread. Raises BadInput for anything but an image of at most
    MAX_SIDE pixels a side.
    """
    try:
        return _redraw(upload, fit)
    except PortalError:
        raise
    except UnidentifiedImageError:
        raise BadInput(_NO_IMAGE) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(_TOO_LARGE) from None
    except Exception as fault:  # noqa: BLE001  # Pillow's parsers raise all kinds of errors
        log.info("image.unreadable", fault=repr(fault))
        raise BadInput(_BROKEN) from None


def _redraw(upload: bytes, fit: tuple[int, int]) -> Picture:
    with Image.open(BytesIO(upload), formats=_FORMATS) as image:  # reads only the header
        if max(image.size) > MAX_SIDE:
            raise BadInput(_TOO_LARGE)
        scans = upload.count(_SCAN) if image.format in {"JPEG", "MPO"} else 1
        if scans > _MAX_SCANS:
            raise BadInput(_BROKEN)
        if scans * image.width * image.height > _MAX_SCANNED_PIXELS:
            raise BadInput(_TOO_SLOW)
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        drawn = _in_color(image)
    drawn.thumbnail(fit[::-1] if orientation in _ROTATED else fit, Image.Resampling.LANCZOS)
    if orientation in _UPRIGHT:
        drawn = drawn.transpose(_UPRIGHT[orientation])
    drawn.info = {}  # Pillow would write some of it
    content = BytesIO()
    drawn.save(content, "PNG", optimize=True)
    return Picture(content.getvalue(), *drawn.size)


def _in_color(image: Image.Image) -> Image.Image:
    """Return the image in RGB, or in RGBA if it has transparency."""
    if image.mode == "I;16":
        # Pillow's conversion would clip everything above the darkest 256 levels.
        return image.point(lambda level: level / 256).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
