"""From a file that somebody uploaded to an image of ours: of the file nothing else is kept."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import ExifTags, Image, UnidentifiedImageError
from structlog import get_logger

from errors import BadInput, PortalError

MAX_SIDE: Final = 4096
"""Pixels of an uploaded image's width, and of its height."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
"""None of them can run a script or load anything, as SVG can. The file's own bytes decide."""
_MAX_SCANS: Final = 100
"""Scans of a progressive JPEG, which has about ten. Each costs a walk over all pixels and takes 33
bytes, so that 2 MiB of them would take twenty minutes."""
_SCAN: Final = b"\xff\xda"
"""The marker that begins a scan; within a scan's data it can't stand (ISO 10918-1 B.1.1.5)."""
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to set an image upright that has this orientation (Exif 2.32, 4.6.4 A)."""
_LYING: Final = frozenset({5, 6, 7, 8})
_NO_IMAGE: Final = "This is not a PNG, JPEG, WebP or GIF image that can be read."
_TOO_LARGE: Final = f"The image is larger than {MAX_SIDE} x {MAX_SIDE} pixels."
_BROKEN: Final = "The image is broken, or a part of it is missing."

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that we have drawn; its sides are in pixels."""

    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex."""
        return sha256(self.content).hexdigest()


def redraw(upload: bytes, *, fit: tuple[int, int]) -> Picture:
    """Return the uploaded image upright, without metadata, and shrunk to `fit` (width, height).

    An animation becomes its first image. The same upload gives the same bytes. Takes a second and
    300 MB at worst, so call it in a thread. Raises BadInput for whatever is no image of up to
    MAX_SIDE a side.
    """
    try:
        return _redraw(upload, fit)
    except PortalError:
        raise
    except UnidentifiedImageError:
        raise BadInput(_NO_IMAGE) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(_TOO_LARGE) from None
    except Exception as fault:  # noqa: BLE001  # Pillow raises whatever its parsers stumble over
        log.info("image.unreadable", fault=repr(fault))
        raise BadInput(_BROKEN) from None


def _redraw(upload: bytes, fit: tuple[int, int]) -> Picture:
    with Image.open(BytesIO(upload), formats=_FORMATS) as image:  # reads no more than the head
        if max(image.size) > MAX_SIDE:
            raise BadInput(_TOO_LARGE)
        if image.format in {"JPEG", "MPO"} and upload.count(_SCAN) > _MAX_SCANS:
            raise BadInput(_BROKEN)
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        drawn = _in_colour(image)
    drawn.thumbnail(fit[::-1] if orientation in _LYING else fit, Image.Resampling.LANCZOS)
    if orientation in _UPRIGHT:
        drawn = drawn.transpose(_UPRIGHT[orientation])
    drawn.info = {}  # of which Pillow would write some
    content = BytesIO()
    drawn.save(content, "PNG", optimize=True)
    return Picture(content.getvalue(), *drawn.size)


def _in_colour(image: Image.Image) -> Image.Image:
    """Return the image in RGB, or in RGBA where something shines through."""
    if image.mode == "I;16":
        # Pillow's own conversion would cut off everything above the darkest 256 levels.
        return image.point(lambda level: level / 256).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
