"""Bank transfer on clients' pages: the codes as a phone reads them, and the copy buttons."""

from io import BytesIO
from typing import Final

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from models import Company
from tests.banking.payloads import read_epc, read_swiss
from tests.support.chromium import Windows
from tests.support.clients import Business

_ACCOUNT: Final = {
    "iban": "CH5800791123000889012",
    "street": "Bahnhofstrasse 12",
    "postal_code": "8001",
    "city": "Zürich",
    "country": "CH",
}


async def _open(windows: Windows, portal_url: str, business: Business) -> Page:
    await Company.filter(id=business.company_id).update(**_ACCOUNT)
    token = await business.share(await business.make_invoice(number="2026-17"))
    page = await windows.open()
    await page.goto(f"{portal_url}/invoice/{token}")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_reads_both_codes(
    windows: Windows, portal_url: str, business: Business, scheme: str
) -> None:
    page = await _open(windows, portal_url, business)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    codes = []
    for code in await page.locator("#transfer .qr").all():
        image = Image.open(BytesIO(await code.screenshot(scale="css")))
        codes += [found.text for found in zxingcpp.read_barcodes(image)]
    european, swiss = codes
    assert str(read_epc(european).amount) == "100.00"
    assert read_swiss(swiss).reference == ("SCOR", "RF48202617")


async def test_values_are_copied_as_banks_want_them(
    windows: Windows, portal_url: str, business: Business
) -> None:
    page = await _open(windows, portal_url, business)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(page.locator("#transfer-iban")).to_have_text("CH58 0079 1123 0008 8901 2")
    for label, copied in (
        ("Copy: Account holder", "Acme Ltd"),
        ("Copy: IBAN", "CH5800791123000889012"),
        ("Copy: Amount", "100.00"),
    ):
        button = page.get_by_role("button", name=label)
        await button.click()
        await expect(button).to_have_text("Copied")
        assert await page.evaluate("navigator.clipboard.readText()") == copied
