"""Pages fit screens of every width, with long names and amounts."""

from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Page

from models import Company, Invoice
from models.companies import today_of
from tests.support.chromium import Windows
from tests.support.clients import Business
from tests.support.staff import COOKIE, new_session

_WIDTHS: Final = range(320, 1281, 20)
_HEIGHT: Final = 100
"""No layout depends on it, and there is less to draw."""
_LONG: Final = "Wasserbau-Ingenieursgesellschaft Donaudampfschifffahrt mbH & Co. KG"
_FAULTS: Final = """() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${root.scrollWidth}`);
  const shown = (selector) =>
    [...document.querySelectorAll(selector)].filter((it) => it.checkVisibility());
  for (const figure of shown(".amount bdi, td.num bdi, .sum, .n, time")) {
    const range = document.createRange();
    range.selectNodeContents(figure);
    const tops = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top)));
    if (tops.size > 1) faults.push(`broken: ${figure.textContent}`);
  }
  for (const part of shown("button, .button, .pill, input")) {
    const card = (part.closest(".card, .paper, .menu") ?? document.body).getBoundingClientRect();
    const box = part.getBoundingClientRect();
    const isInside = box.left >= card.left - 0.5 && box.right <= card.right + 0.5;
    if (!isInside) faults.push(`outside its card: ${part.outerHTML}`);
  }
  return faults;
}"""

# The database doesn't change how a page looks.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


async def _assert_fits(page: Page, url: str) -> None:
    response = await page.goto(url)
    assert response
    assert response.status == 200
    for width in _WIDTHS:
        await page.set_viewport_size({"width": width, "height": _HEIGHT})
        assert await page.evaluate(_FAULTS) == [], width


async def _make_long_documents(seller: Business) -> tuple[str, str]:
    """Return the ids of a customer and of their overdue, partly paid invoice."""
    looks = {"name": _LONG, "iban": "DE28999000000012345678", "website": "https://kiln.example"}
    await Company.filter(id=seller.company_id).update(phone="+49 421 5550 1420", **looks)
    customer_id = await seller.make_customer(name=_LONG, address=f"{_LONG}\n20457 Hamburg")
    line = {"description": _LONG, "quantity": "1048.5", "unit": "HUR", "taxRate": "19"}
    more: dict[str, object] = {"allowPartialPayment": True, "minimumPayment": "2000"}
    for currency, price in (("IDR", "117944.50"), ("KWD", "93.825"), ("EUR", "98765.43")):
        invoice_id = await seller.make_invoice(
            customerId=customer_id,
            number=f"{currency}-{'2026-' * 6}0147",
            currency=currency,
            lines=[line | {"unitPrice": price}],
            **more,
        )
    await seller.pay(invoice_id, "1234567.89")
    today = today_of(await Company.get(id=seller.company_id))
    days = {"issue_date": today - timedelta(days=60), "due_date": today - timedelta(days=17)}
    await Invoice.filter(customer_id=customer_id).update(**days)
    return customer_id, invoice_id


async def test_an_invoice_and_a_portal_fit_every_width(
    windows: Windows, portal_url: str, seller: Business
) -> None:
    customer_id, invoice_id = await _make_long_documents(seller)
    page = await windows.open()
    await _assert_fits(page, f"{portal_url}/invoice/{await seller.share(invoice_id)}")
    await _assert_fits(page, f"{portal_url}/portal/{await seller.share_portal(customer_id)}")


async def test_pages_of_staff_fit_every_width(
    windows: Windows, portal_url: str, seller: Business
) -> None:
    customer_id, invoice_id = await _make_long_documents(seller)
    await seller.share(invoice_id)
    page = await windows.open()
    session = await new_session(seller)
    await page.context.add_cookies([{"name": COOKIE, "value": session, "url": portal_url}])
    paths = ("", "/invoices", f"/invoices/{invoice_id}", f"/customers/{customer_id}", "/settings")
    for path in paths:
        await _assert_fits(page, f"{portal_url}/dashboard{path}")
