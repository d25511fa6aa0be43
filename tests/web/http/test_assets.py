"""The static files of pages, and the stylesheet in a business's colour."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colors import contrast
from tests.support.clients import Business
from web.http.assets import GROUNDS, STATIC, asset_url, palette, stylesheet_url

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_CSS: Final = (STATIC / "portal.css").read_text(encoding="utf-8")
_LIGHT, _DARK, *_ = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{.*?\}", _CSS, re.DOTALL)
)
_GROUNDS: Final = ("canvas", "card", "sunk")
colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors)
def test_every_colour_is_readable_in_light_and_in_dark(accent: str) -> None:
    pairs = re.findall(r"--accent([\w-]*):(#[0-9a-f]{6})", palette(accent))
    assert [name for name, _ in pairs] == ["", "-on", "-hover", "-ink", "-edge", "-ink", "-edge"]
    brand, text, hover, *shades = (color for _, color in pairs)
    assert brand == accent
    assert contrast(brand, text) >= 4.5
    assert contrast(hover, text) >= contrast(brand, text)
    for (ink, edge), mode in ((shades[:2], _LIGHT), (shades[2:], _DARK)):
        for ground in _GROUNDS:
            assert contrast(ink, mode[ground]) >= 4.5
            assert contrast(edge, mode[ground]) >= 3


@pytest.mark.parametrize("mode", [_LIGHT, _DARK])
def test_every_text_colour_of_the_stylesheet_is_readable(mode: dict[str, str]) -> None:
    for ground in _GROUNDS:
        for text in ("ink", "ink-2", "good", "warn", "bad", "info"):
            assert contrast(mode[text], mode[ground]) >= 4.5
        assert contrast(mode["edge"], mode[ground]) >= 3
    for meaning in ("good", "warn", "bad", "info"):
        for text in (meaning, "ink"):
            assert contrast(mode[text], mode[f"{meaning}-soft"]) >= 4.5


def test_colours_are_computed_for_the_stylesheet_s_grounds() -> None:
    assert {"light": _LIGHT["sunk"], "dark": _DARK["sunk"]} == GROUNDS


async def test_stylesheet_has_the_business_s_colour_and_is_cached(business: Business) -> None:
    url = stylesheet_url("#ffdd00")
    assert re.fullmatch(r"/styles/ffdd00\.css\?[0-9a-f]{12}", url)
    response = await business.http.get(url)
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == _FOR_EVER
    assert response.headers["content-encoding"] == "gzip"
    assert response.text == _CSS + palette("#ffdd00")


@pytest.mark.parametrize("name", ["portal.css", "share.js", "amount.js", "icon.svg"])
async def test_file_is_cached_for_ever_under_its_digest_only(business: Business, name: str) -> None:
    response = await business.http.get(asset_url(name))
    assert (response.status_code, response.headers["cache-control"]) == (200, _FOR_EVER)
    assert response.content == (STATIC / name).read_bytes()
    other = f"/static/0123456789ab/{name}"
    response = await business.http.get(other)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
    same = await business.http.get(other, headers={"if-none-match": response.headers["etag"]})
    assert (same.status_code, same.headers["cache-control"]) == (304, "no-cache")


async def test_stylesheet_of_another_version_is_not_cached(business: Business) -> None:
    response = await business.http.get("/styles/ffdd00.css?0123456789ab")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        *("/styles/red.css", "/styles/FFDD00.css", "/styles/ffdd0.css", "/styles/000000};.css"),
        *("/styles/12345%D9%A0.css", "/static/portal.css", "/static/"),
        *("/static/0123456789ab/none.css", "/static/0123456789ab/", "/static/..%2Fassets.py"),
        *("/static/0123456789ab/..%2F..%2Fassets.py",),
    ],
)
async def test_other_files_are_not_served(business: Business, path: str) -> None:
    response = await business.http.get(path)
    assert (response.status_code, response.headers["cache-control"]) == (404, "no-store")
