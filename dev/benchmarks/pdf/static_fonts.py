"""Noto Sans as static fonts, for renderers that don't support variable ones."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from pdf.fonts import BOLD, REGULAR


@dataclass(frozen=True, slots=True)
class StaticFonts:
    """The files of both weights."""

    regular: Path
    bold: Path


def write_static_fonts(folder: Path) -> StaticFonts:
    """Write the fonts to `folder`."""
    return StaticFonts(
        regular=_write_static_font(folder, REGULAR), bold=_write_static_font(folder, BOLD)
    )


def _write_static_font(folder: Path, weight: int) -> Path:
    spec = find_spec("manimgx_fonts")
    assert spec is not None
    assert spec.origin is not None
    font = TTFont(Path(spec.origin).with_name("NotoSans[wght].ttf"))
    path = folder / f"NotoSans-{weight}.ttf"
    instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=True)
    font.save(path)
    return path
