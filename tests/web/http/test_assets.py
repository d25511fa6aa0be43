"""The files that pages load, and the stylesheet in a business's colour."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colors import contrast
from tests.support.clients import Business
from web.http.assets import BACKGROUNDS, STATIC, asset_url, palette, stylesheet_url

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_CSS: Final = (STATIC / "portal.css").read_text(encoding="utf-8")
_LIGHT, _DARK, *_ = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block)) for block in re.findall(r":root \{.*\}", _CSS)
)
colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def _long(color: str) -> str:
    """Return `#rgb` as `#rrggbb`."""
    return color if len(color) == len("#rrggbb") else "#" + "".join(c + c for c in color[1:])


@given(colors)
def test_every_business_s_colour_can_be_read_in_light_and_in_dark(accent: str) -> None:
    found = re.findall(r"--([\w-]+):(#[0-9a-f]{6})", palette(accent))
    (_, brand), (_, on_brand), (_, light), (_, dark) = found
    assert [name for name, _ in found] == ["brand", "on-brand", "accent", "accent"]
    assert contrast(brand, on_brand) >= 4.5
    for shade, mode in ((light, _LIGHT), (dark, _DARK)):
        for ground in ("sheet", "ground"):
            assert contrast(shade, _long(mode[ground])) >= 4.5


@pytest.mark.parametrize("mode", [_LIGHT, _DARK])
def test_every_text_of_the_stylesheet_can_be_read(mode: dict[str, str]) -> None:
    for ground in ("sheet", "ground"):
        for text in ("ink", "quiet", "alarm", "good"):
            assert contrast(mode[text], _long(mode[ground])) >= 4.5
        assert contrast(mode["edge"], _long(mode[ground])) >= 3


def test_the_colours_are_reckoned_for_the_grounds_of_the_stylesheet() -> None:
    assert (_LIGHT["ground"], _DARK["sheet"]) == (BACKGROUNDS["light"], BACKGROUNDS["dark"])


async def test_a_page_s_stylesheet_is_in_its_business_s_colour_and_kept(business: Business) -> None:
    url = stylesheet_url("#ffdd00")
    assert re.fullmatch(r"/styles/ffdd00\.css\?[0-9a-f]{12}", url)
    answer = await business.http.get(url)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == _FOR_EVER
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == _CSS + palette("#ffdd00")


@pytest.mark.parametrize("name", ["portal.css", "share.js", "amount.js", "icon.svg"])
async def test_a_file_is_kept_for_ever_under_its_digest_alone(
    business: Business, name: str
) -> None:
    answer = await business.http.get(asset_url(name))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, _FOR_EVER)
    assert answer.content == (STATIC / name).read_bytes()
    other = f"/static/0123456789ab/{name}"
    answer = await business.http.get(other)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    same = await business.http.get(other, headers={"if-none-match": answer.headers["etag"]})
    assert (same.status_code, same.headers["cache-control"]) == (304, "no-cache")


async def test_another_version_s_stylesheet_is_not_kept(business: Business) -> None:
    answer = await business.http.get("/styles/ffdd00.css?0123456789ab")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        *("/styles/red.css", "/styles/FFDD00.css", "/styles/ffdd0.css", "/styles/000000};.css"),
        *("/styles/12345%D9%A0.css", "/static/portal.css", "/static/"),
        *("/static/0123456789ab/none.css", "/static/0123456789ab/", "/static/..%2Fassets.py"),
        *("/static/0123456789ab/..%2F..%2Fassets.py",),
    ],
)
async def test_there_are_no_other_files(business: Business, path: str) -> None:
    answer = await business.http.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
