"""Characters that nobody sees: what they hide, and which of them a text may have."""

from typing import Final

_RANGES: Final = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt."""
_BLANK: Final = frozenset("\u2800")
"""The Braille pattern without dots, which isn't a space to Unicode and looks like one."""
_INVISIBLE: Final = _BLANK | {
    chr(code) for first, last in _RANGES for code in range(first, last + 1)
}
_MISLEADING: Final = dict.fromkeys(
    (0x00AD, 0x200B, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x2070), 0xFEFF)
)
"""Hints about breaks, and marks that change the direction of what follows.

A line needs none of them, and with them it can look like another one, or garble the text around
it (UAX #9, UTR #36 3.3). Joiners, variation selectors and the simple marks U+200E, U+200F and
U+061C stay: scripts and emoji need them.
"""


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen."""
    return all(character in _INVISIBLE or character.isspace() for character in text)


def without_misleading(text: str) -> str:
    """Return a line without what only misleads those who read it."""
    return text.translate(_MISLEADING)


def without_invisible(text: str) -> str:
    """Return `text` without any character that nobody sees, so that no two texts look alike."""
    return "".join(character for character in text if character not in _INVISIBLE)
