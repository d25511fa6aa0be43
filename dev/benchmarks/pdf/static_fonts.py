"""The font that all draw with, at the two weights, for those who can't take a variable one."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from pdf.fonts import BOLD, REGULAR


@dataclass(frozen=True, slots=True)
class StaticFonts:
    """Files of Noto Sans, each of one weight."""

    regular: Path
    bold: Path


def cut_fonts(folder: Path) -> StaticFonts:
    """Write the static fonts to `folder`."""
    return StaticFonts(_cut(folder, REGULAR), _cut(folder, BOLD))


def _cut(folder: Path, weight: int) -> Path:
    spec = find_spec("manimgx_fonts")
    assert spec is not None
    assert spec.origin is not None
    font = TTFont(Path(spec.origin).with_name("NotoSans[wght].ttf"))
    path = folder / f"NotoSans-{weight}.ttf"
    instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=True)
    font.save(path)
    return path
