"""Colours, and the contrast between them."""

from typing import Final

_DARK: Final = "#111827"
_LIGHT: Final = "#ffffff"
_BLACK: Final = "#000000"
_LINEAR_BELOW: Final = 0.04045
"""Below this value, sRGB is linear."""
_MIN_CONTRAST: Final = 4.5
"""For small text: WCAG 2.2, section 1.4.3."""
_MIN_EDGE_CONTRAST: Final = 3.0
"""For what shows where a control is: WCAG 2.2, section 1.4.11."""
_HOVER_PERCENT: Final = 12
"""How much a button changes under the pointer."""


def readable_on(color: str) -> str:
    """Return a text colour with a contrast of at least 4.5 on `color` (`#rrggbb`).

    That is white or a soft black, and pure black on the few colours that neither contrasts with.
    """
    soft = max(_LIGHT, _DARK, key=lambda text: contrast(color, text))
    return soft if contrast(color, soft) >= _MIN_CONTRAST else _BLACK


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

    It changes no more than a contrast of 4.5 needs.
    """
    return _moved(color, ground, _MIN_CONTRAST)


def visible(color: str, ground: str) -> str:
    """Return `color`, mixed with black or white until it stands out as an edge on `ground`.

    It changes no more than a contrast of 3 needs.
    """
    return _moved(color, ground, _MIN_EDGE_CONTRAST)


def _moved(color: str, ground: str, least: float) -> str:
    goal = readable_on(ground)
    steps = (_mixed(color, goal, percent) for percent in range(101))
    return next((shade for shade in steps if contrast(shade, ground) >= least), goal)


def hovered(color: str) -> str:
    """Return `color` under the pointer: away from its text, which stays as readable."""
    away = _BLACK if readable_on(color) == _LIGHT else _LIGHT
    return _mixed(color, away, _HOVER_PERCENT)


def _mixed(color: str, other: str, percent: int) -> str:
    """Return a mix of two colours, with `percent` of `other`."""
    pairs = ((int(c[start : start + 2], 16) for c in (color, other)) for start in (1, 3, 5))
    return "#" + "".join(f"{one + (two - one) * percent // 100:02x}" for one, two in pairs)
