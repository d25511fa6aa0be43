"""Colours, and what can be read on them."""

from typing import Final

_DARK: Final = "#111827"
_LIGHT: Final = "#ffffff"
_NEARLY_BLACK: Final = 0.04045


def readable_on(color: str) -> str:
    """Return black or white, whichever stands out more from `color` (`#rrggbb`)."""
    return max(_LIGHT, _DARK, key=lambda text: contrast(color, text))


def contrast(one: str, other: str) -> float:
    """Return how much two colours stand out from each other, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= _NEARLY_BLACK:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
