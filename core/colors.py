"""Colours, and the contrast between them."""

from typing import Final

_DARK: Final = "#111827"
_LIGHT: Final = "#ffffff"
_LINEAR_BELOW: Final = 0.04045
"""Below this value, sRGB is linear."""
_MIN_CONTRAST: Final = 4.5
"""For small text: WCAG 2.2, section 1.4.3."""


def readable_on(color: str) -> str:
    """Return black or white, whichever contrasts more with `color` (`#rrggbb`)."""
    return max(_LIGHT, _DARK, key=lambda text: contrast(color, text))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Return the relative luminance, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= _LINEAR_BELOW:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)


def readable(color: str, ground: str) -> str:
    """Return `color`, mixed with black or white until it is readable on `ground` (`#rrggbb`).

    It changes no more than a contrast of 4.5 needs (WCAG 2.2, section 1.4.3).
    """
    goal = readable_on(ground)
    steps = (_mixed(color, goal, percent) for percent in range(101))
    return next((shade for shade in steps if contrast(shade, ground) >= _MIN_CONTRAST), goal)


def _mixed(color: str, other: str, percent: int) -> str:
    """Return a mix of two colours, with `percent` of `other`."""
    pairs = ((int(c[start : start + 2], 16) for c in (color, other)) for start in (1, 3, 5))
    return "#" + "".join(f"{one + (two - one) * percent // 100:02x}" for one, two in pairs)
