"""Colours, and what can be read on them."""

from typing import Final

_DARK: Final = "#111827"
_LIGHT: Final = "#ffffff"
_NEARLY_BLACK: Final = 0.04045
_READABLE: Final = 4.5
"""The contrast that small text needs."""


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


def readable(color: str, ground: str) -> str:
    """Return `color`, moved towards black or white until it can be read on `ground` (`#rrggbb`).

    It is moved as little as needed for a contrast of 4.5 (WCAG 2.2, 1.4.3), or not at all.
    """
    goal = readable_on(ground)
    steps = (_mixed(color, goal, percent) for percent in range(101))
    return next((shade for shade in steps if contrast(shade, ground) >= _READABLE), goal)


def _mixed(color: str, other: str, percent: int) -> str:
    """Return `color` with as many percent of `other` in it, channel by channel."""
    pairs = ((int(c[start : start + 2], 16) for c in (color, other)) for start in (1, 3, 5))
    return "#" + "".join(f"{one + (two - one) * percent // 100:02x}" for one, two in pairs)
