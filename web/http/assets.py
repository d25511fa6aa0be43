"""The static files of pages, and the stylesheet in a business's colour.

Their URLs contain a digest of the content, so browsers can cache them for ever. All are public.
"""

from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from core.colors import hovered, readable, readable_on, visible
from errors import NotFound

STATIC: Final = Path(__file__).parents[1] / "static"
GROUNDS: Final = {"light": "#f0f1f4", "dark": "#1e232c"}
"""The `--sunk` of `portal.css` in each colour scheme: the ground with the least contrast."""

_DIGEST_LENGTH: Final = 12
"""Hex digits of a digest in a URL."""
_CACHE_FOR_EVER: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
"""For another digest than ours: the page comes from an older or newer version of the portal."""


class Assets(StaticFiles):
    """Serves the files in `static/` below one digest of them all.

    So scripts can import each other by name and still get the files of their own version.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or a 404."""
        response = await super().get_response(path, scope)
        if response.status_code in {200, 304}:
            version = scope["path_params"]["version"]
            response.headers["cache-control"] = _cache_control(version, _version())
        return response


def asset_url(name: str) -> str:
    """Return the path of the file `name` in `static/`."""
    return f"/static/{_version()}/{name}"


@cache
def _version() -> str:
    digest = sha256()
    for file in sorted(STATIC.iterdir()):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:_DIGEST_LENGTH]


def _cache_control(requested: str, current: str) -> str:
    return _CACHE_FOR_EVER if requested == current else _REVALIDATE


# --- in a business's colour -----------------------------------------------------------------------


async def stylesheet(request: Request) -> Response:
    """Return the stylesheet of client pages in the colour of the path."""
    accent = _color_in(request)
    headers = {"cache-control": _cache_control(request.url.query, _digest_of(f"#{accent}"))}
    return Response(_styles(f"#{accent}"), headers=headers, media_type="text/css")


def _color_in(request: Request) -> str:
    """Return the `rrggbb` in the path. Raises NotFound if it is none."""
    accent: str = request.path_params["accent"]
    if not all(digit in "0123456789abcdef" for digit in accent) or len(accent) != len("rrggbb"):
        raise NotFound
    return accent


def stylesheet_url(accent: str) -> str:
    """Return the path of the stylesheet in the colour `accent` (`#rrggbb`)."""
    return f"/styles/{accent[1:]}.css?{_digest_of(accent)}"


async def scope_stylesheet(request: Request) -> Response:
    """Return the rules that show what has the class `scope` in the colour of the path."""
    accent = _color_in(request)
    # The URL has no digest, since the page that links to it lives for a moment only.
    headers = {"cache-control": _REVALIDATE}
    return Response(palette(f"#{accent}", ".scope"), headers=headers, media_type="text/css")


def scope_stylesheet_url(accent: str) -> str:
    """Return the path of the rules for the class `scope` in the colour `accent` (`#rrggbb`)."""
    return f"/styles/scope/{accent[1:]}.css"


@lru_cache(maxsize=10_000)
def _digest_of(accent: str) -> str:
    return sha256(_styles(accent).encode()).hexdigest()[:_DIGEST_LENGTH]


def _styles(accent: str) -> str:
    return _common_styles() + palette(accent)


@cache
def _common_styles() -> str:
    return (STATIC / "portal.css").read_text(encoding="utf-8")


def palette(accent: str, scope: str = ":root") -> str:
    """Return the CSS variables for `accent` (`#rrggbb`), whatever the colour, in a `scope`.

    `--accent-on` is readable on `--accent` and on `--accent-hover`, and `--accent-ink` on every
    ground. `--accent-edge` stands out from every ground.
    """
    light, dark = (
        f"--accent-ink:{readable(accent, ground)};--accent-edge:{visible(accent, ground)}"
        for ground in (GROUNDS["light"], GROUNDS["dark"])
    )
    return (
        f"{scope}{{--accent:{accent};--accent-on:{readable_on(accent)};"
        f"--accent-hover:{hovered(accent)};{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{{scope}{{{dark}}}}}\n"
    )
