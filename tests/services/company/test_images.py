"""Uploaded images become small, upright PNGs without metadata, or are refused."""

import zlib
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from errors import BadInput
from services.company.images import MAX_SIDE, Picture, redraw
from tests.support.images import (
    BLUE,
    RED,
    bomb,
    chunk,
    decode,
    encode,
    halves,
    many_scans,
    plain,
    png,
)

FIT: Final = (600, 200)
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML: Final = b"<!doctype html><script>alert(1)</script>"


def _redrawn(upload: bytes) -> Image.Image:
    return decode(redraw(upload, fit=FIT).content)


def _is_near(pixel: object, color: tuple[int, ...]) -> bool:
    """Whether a pixel has about this colour; lossy formats change it slightly."""
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= 8 for a, b in zip(pixel, color, strict=True))


# --- what is accepted ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_format_becomes_an_equal_png(kind: str) -> None:
    drawn = _redrawn(encode(halves(), kind))
    assert (drawn.mode, drawn.size) == ("RGB", (40, 20))
    assert _is_near(drawn.getpixel((2, 10)), RED)
    assert _is_near(drawn.getpixel((37, 10)), BLUE)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1, 1), (1, 1)),
        ((600, 200), (600, 200)),
        ((1200, 400), (600, 200)),
        ((1000, 1000), (200, 200)),
        ((601, 20), (600, 20)),
        ((MAX_SIDE, 1), (600, 1)),
        ((1, MAX_SIDE), (1, 200)),
        ((MAX_SIDE, MAX_SIDE), (200, 200)),
    ],
)
def test_images_shrink_to_fit_and_never_grow(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    picture = redraw(plain(size=size), fit=FIT)
    assert (picture.width, picture.height) == decode(picture.content).size == fitted


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_transparency_is_kept(kind: str) -> None:
    drawn = _redrawn(encode(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), kind))
    assert drawn.mode == "RGBA"
    assert drawn.getchannel("A").getextrema() == (0, 0)


def test_a_palette_with_transparency_keeps_both() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *BLUE])
    image.putpixel((1, 0), 1)
    drawn = _redrawn(encode(image, transparency=bytes([128, 255])))
    assert [drawn.getpixel((x, 0)) for x in (0, 1)] == [(*RED, 128), (*BLUE, 255)]


def test_a_transparent_colour_key_is_kept() -> None:
    drawn = _redrawn(encode(halves(), transparency=RED))
    assert drawn.getpixel((2, 10)) == (*RED, 0)
    assert drawn.getpixel((37, 10)) == (*BLUE, 255)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    rows = zlib.compress(b"\0\x00\x00\x40\x00\x80\x00\xff\xff")
    drawn = _redrawn(png(4, 1, chunk(b"IDAT", rows), depth=16))
    assert [drawn.getpixel((x, 0)) for x in range(4)] == [(v, v, v) for v in (0, 64, 128, 255)]


def test_sixteen_bits_of_each_colour_keep_their_shades() -> None:
    rows = zlib.compress(b"\0" + b"\xff\xff\x80\x00\x00\x00\x40\x00")
    drawn = _redrawn(png(1, 1, chunk(b"IDAT", rows), depth=16, color_type=6))
    assert drawn.getpixel((0, 0)) == (255, 128, 0, 64)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_a_jpeg_of_other_colours_becomes_rgb(mode: str) -> None:
    drawn = _redrawn(encode(halves(mode), "JPEG", quality=95))
    assert drawn.mode == "RGB"
    assert _is_near(drawn.getpixel((2, 10)), RED if mode == "CMYK" else (76, 76, 76))


def test_an_animation_becomes_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        file = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=10)
        drawn = _redrawn(file)
        assert getattr(drawn, "n_frames", 1) == 1
        assert _is_near(drawn.convert("RGB").getpixel((4, 4)), RED)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_images_are_turned_upright(kind: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    upright = halves().resize((1200, 400))
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    drawn = _redrawn(encode(stored, kind, exif=exif))
    assert drawn.size == (600, 200)
    assert _is_near(drawn.getpixel((20, 100)), RED)
    assert _is_near(drawn.getpixel((580, 100)), BLUE)


def test_metadata_is_removed() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada Lovelace"
    for kind, more in (
        ("JPEG", {"comment": b"a secret"}),
        ("PNG", {}),
        ("WEBP", {"xmp": b"a secret"}),
    ):
        file = encode(halves(), kind, exif=exif, icc_profile=b"a secret", dpi=(300, 300), **more)
        content = redraw(file, fit=FIT).content
        assert b"Ada" in file
        assert b"secret" not in content
        assert decode(content).info == {}


def test_the_same_upload_gives_the_same_bytes() -> None:
    noise = Image.effect_noise((300, 100), 50).convert("RGB")
    file = encode(noise, "JPEG")
    assert redraw(file, fit=FIT) == redraw(file, fit=FIT)


def test_redrawing_is_idempotent() -> None:
    once = redraw(plain("WEBP", (900, 100), (1, 2, 3, 4)), fit=FIT)
    assert redraw(once.content, fit=FIT) == once


# --- what is refused ----------------------------------------------------------------------------


def _refusal(upload: bytes) -> str:
    with pytest.raises(BadInput) as refusal:
        redraw(upload, fit=FIT)
    return refusal.value.message


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"\0",
        SVG,
        HTML,
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        plain("BMP"),
        plain("TIFF"),
        plain("ICO"),
        b"P6 1 1 255 \0\0\0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
    ids=lambda upload: ascii(upload[:10]),
)
def test_other_formats_are_refused(upload: bytes) -> None:
    assert _refusal(upload) == "Choose a PNG, JPEG, WebP or GIF image."


@pytest.mark.parametrize(
    "upload",
    [
        bomb(MAX_SIDE + 1, 1),
        bomb(1, MAX_SIDE + 1),
        png(10_000, 10_000),  # over the size at which Pillow warns
        png(100_000, 100_000),  # over the size at which Pillow raises
        png(2**31 - 1, 1),
        plain("WEBP", (MAX_SIDE + 1, 1)),
        plain("JPEG", (1, MAX_SIDE + 1)),
        plain("GIF", (MAX_SIDE + 1, 1)),
    ],
    ids=range(8),
)
def test_too_many_pixels_are_refused(upload: bytes) -> None:
    assert _refusal(upload) == "Choose an image of at most 4,096 by 4,096 pixels."


def test_a_highly_compressed_image_within_the_limits_is_redrawn() -> None:
    assert len(bomb(MAX_SIDE, MAX_SIDE)) < 20_000
    assert redraw(bomb(MAX_SIDE, MAX_SIDE), fit=FIT).width == 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_truncated_images_are_refused(kind: str, part: float) -> None:
    noise = Image.effect_noise((100, 100), 50).convert("RGB")
    file = encode(noise, kind)
    cut = file[: int(len(file) * part)]
    assert _refusal(cut) == "The image file is damaged. Try another one."


@pytest.mark.parametrize(
    "make",
    [
        lambda: png(4, 4),
        lambda: png(4, 4, chunk(b"IDAT", b"not zlib")),
        lambda: png(4, 4, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))),
        lambda: png(4, 4, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8)))),
        lambda: many_scans(200),
    ],
    ids=range(5),
)
def test_corrupt_images_are_refused(make: Callable[[], bytes]) -> None:
    assert _refusal(make()) == "The image file is damaged. Try another one."


def test_a_large_jpeg_may_not_have_many_scans() -> None:
    assert _refusal(many_scans(60, (2000, 2000))).startswith("Choose a smaller JPEG")
    assert redraw(many_scans(3, (2000, 2000)), fit=FIT).width == 200
    assert redraw(many_scans(60), fit=FIT).width == 64


@given(st.data())
def test_any_mutated_file_is_redrawn_or_refused(data: st.DataObject) -> None:
    file = bytearray(data.draw(st.sampled_from(_FILES)))
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = redraw(bytes(file), fit=FIT)
    except BadInput:
        return
    assert isinstance(picture, Picture)
    assert picture.width <= 600


_FILES: Final = [
    *(encode(halves(), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")),
    encode(halves("P"), transparency=0),
    encode(halves(), "JPEG", progressive=True),
]
