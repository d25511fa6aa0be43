"""The screenshots in docs/, taken of the demo: `make screenshots` (needs Chromium)."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import httpx
import pypdfium2
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.support.chromium import Windows, chromium
from tests.support.demo import Demo, running_demo

_DOCS: Final = Path(__file__).parents[2] / "docs"
_DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 660}
_HOME: Final[ViewportSize] = {"width": 1280, "height": 960}
_PHONE: Final[ViewportSize] = {"width": 375, "height": 812}
_PDF_SCALE: Final = 0.9
"""Pixels per point."""
_GAP: Final = 12
"""Pixels between two screenshots side by side."""


async def take_all(demo: Demo, browser: Browser) -> None:
    """Retake all screenshots."""
    windows = Windows(browser)
    await _take_dashboard(demo, windows)
    client = await windows.open(demo.find(r"(http\S+/invoice/\S+)"), viewport=_DESKTOP)
    await _take(client, "invoice", whole=True)
    await _take_phones(demo, windows)
    _draw_pdfs(demo)
    assert windows.faults == []


async def _take_phones(demo: Demo, windows: Windows) -> None:
    """Take an invoice and a portal, in light and in dark, side by side."""
    pictures = []
    for link in (r"(http\S+/invoice/\S+)", r"(http\S+/portal/\S+)"):
        for scheme in ("light", "dark"):
            phone = await windows.open(demo.find(link), viewport=_PHONE, color_scheme=scheme)
            pictures.append(Image.open(BytesIO(await phone.screenshot())))
    _save(_beside(pictures), "phone")


async def _take_dashboard(demo: Demo, windows: Windows) -> None:
    staff_window = await windows.open(f"{demo.url}/dashboard", viewport=_DESKTOP)
    await staff_window.get_by_label("E-mail address").fill(demo.find(r"Sign in +(\S+) /"))
    await staff_window.get_by_label("Password").fill(demo.find(r"Sign in +\S+ / (\S+)"))
    await staff_window.get_by_role("button", name="Sign in").click()
    await expect(staff_window.locator("#live-state")).to_have_text("Live")
    await windows.open(demo.find(r"(http\S+/invoice/\S+)"))  # creates a live view
    opened = staff_window.locator("#feed li", has_text="is looking at").first
    await expect(opened).to_be_visible()
    await staff_window.set_viewport_size(_HOME)
    await _take(staff_window, "dashboard")
    await opened.get_by_role("link").first.click()
    await expect(staff_window.locator("#live-state")).to_have_text("Live")
    await _take(staff_window, "opens")
    await staff_window.set_viewport_size(_DESKTOP)
    await staff_window.goto(f"{staff_window.url.partition('#')[0]}/share")
    await expect(staff_window.locator(".qr")).to_have_js_property("complete", value=True)
    await _take(staff_window, "share")


async def _take(page: Page, name: str, *, whole: bool = False) -> None:
    _save(Image.open(BytesIO(await page.screenshot(full_page=whole))), name)


def _draw_pdfs(demo: Demo) -> None:
    """Draw the PDF of an invoice in English, and of one in Arabic."""
    node = "node { id status customer { language } }"
    query = f"{{ company {{ invoices(first: 50) {{ edges {{ {node} }} }} }} }}"
    edges = demo.gql(query)["company"]["invoices"]["edges"]
    key = demo.find(r"(inv_key_\S+)\n")
    pictures = []
    for language in ("en", "ar"):
        invoice_id = next(
            edge["node"]["id"]
            for edge in edges
            if edge["node"]["status"] != "DRAFT"
            and (edge["node"]["customer"]["language"] or "en").startswith(language)
        )
        answer = httpx.get(
            f"{demo.url}/invoices/{invoice_id}.pdf", headers={"authorization": f"Bearer {key}"}
        )
        [first, *_] = pypdfium2.PdfDocument(answer.raise_for_status().content)
        drawn = first.render(scale=_PDF_SCALE).to_pil()
        pictures.append(drawn.crop((0, 0, drawn.width, drawn.height * 2 // 3)))
    _save(_beside(pictures), "pdf")


def _beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return the pictures side by side."""
    width = sum(picture.width for picture in pictures) + _GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)), "#cfd6dd")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + _GAP
    return sheet


def _save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").save(_DOCS / f"{name}.png", optimize=True)


async def main() -> None:
    """Take the screenshots, or report what is missing."""
    async with chromium() as browser:
        if browser is None:
            sys.exit("There is no Chromium. Install one, or: .venv/bin/playwright install chromium")
        with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
            await take_all(demo, browser)


if __name__ == "__main__":
    asyncio.run(main())
