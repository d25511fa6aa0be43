"""The files that pages load, and the stylesheet in a business's colour.

Their addresses have a digest of the content in them, so what is behind one may be kept for ever.
None of them is a secret.
"""

from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from core.colors import readable, readable_on
from errors import NotFound

STATIC: Final = Path(__file__).parents[1] / "static"
GROUNDS: Final = {"light": "#f4f6f8", "dark": "#1b222b"}
"""What links stand on in `portal.css`: of the page and its sheet the one that is nearer to them."""

_DIGEST: Final = 12
"""Characters of a digest that tell contents apart."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NOT_KEPT: Final = "no-cache"
"""Asked for with another digest: by a page of the version before this one, or the one after."""


class Assets(StaticFiles):
    """The files in `static/`, below the digest of them all.

    So scripts import their neighbours by name, and still get those of their own version.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file, or that there is none."""
        response = await super().get_response(path, scope)
        if response.status_code in {200, 304}:
            said = scope["path_params"]["version"]
            response.headers["cache-control"] = _keeping(said, _version())
        return response


def asset_url(name: str) -> str:
    """Return where pages find the file `name` in `static/`."""
    return f"/static/{_version()}/{name}"


@cache
def _version() -> str:
    whole = sha256()
    for file in sorted(STATIC.iterdir()):
        content = file.read_bytes()
        whole.update(f"{file.name} {len(content)} ".encode() + content)
    return whole.hexdigest()[:_DIGEST]


def _keeping(said: str, known: str) -> str:
    return _FOR_EVER if said == known else _NOT_KEPT


# --- in a business's colour -----------------------------------------------------------------------


async def stylesheet(request: Request) -> Response:
    """Answer with the stylesheet of pages whose business has the colour in the path."""
    accent = request.path_params["accent"]
    if not all(digit in "0123456789abcdef" for digit in accent) or len(accent) != len("rrggbb"):
        raise NotFound
    headers = {"cache-control": _keeping(request.url.query, _digest_in(f"#{accent}"))}
    return Response(_styles(f"#{accent}"), headers=headers, media_type="text/css")


def stylesheet_url(accent: str) -> str:
    """Return where the stylesheet in the colour `accent` (`#rrggbb`) is."""
    return f"/styles/{accent[1:]}.css?{_digest_in(accent)}"


@lru_cache(maxsize=10_000)
def _digest_in(accent: str) -> str:
    return sha256(_styles(accent).encode()).hexdigest()[:_DIGEST]


def _styles(accent: str) -> str:
    return _common_styles() + palette(accent)


@cache
def _common_styles() -> str:
    return (STATIC / "portal.css").read_text(encoding="utf-8")


def palette(accent: str) -> str:
    """Return what `accent` (`#rrggbb`) is on a page: for what is read, and for the main button.

    Everything has a contrast of 4.5 at least, in light and in dark, whatever the colour is.
    """
    on_brand = readable_on(accent)
    light, dark = (readable(accent, GROUNDS[mode]) for mode in ("light", "dark"))
    return (
        f":root{{--brand:{readable(accent, on_brand)};--on-brand:{on_brand};--accent:{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}\n"
    )
