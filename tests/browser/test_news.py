"""News is on the page at once, and in the title and on the desktop while nobody looks."""

from typing import Final

from playwright.async_api import Page, expect

from models import User
from tests.browser.staff import is_live
from tests.support.clients import Business

_DESKTOP: Final = """
window.shown = [];
window.isLeft = false;
window.Notification = class extends EventTarget {
  static permission = "granted";
  constructor(title, options) {
    super();
    window.shown.push(options);
  }
};
Object.defineProperty(document, "hidden", { get: () => window.isLeft });
document.hasFocus = () => !window.isLeft;
"""
"""A script that replaces the desktop, which headless browsers don't have."""


async def _leave(page: Page, *, leave: bool) -> None:
    await page.evaluate(
        "(isLeft) => { window.isLeft = isLeft; window.dispatchEvent(new Event(isLeft ? 'blur' :"
        " 'focus')); document.dispatchEvent(new Event('visibilitychange')); }",
        leave,
    )


async def test_news_is_on_the_page_and_outside_it_while_nobody_looks(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    users = User.filter(company_id=business.company_id)
    await users.update(desktop_event_names="INVOICE_VIEWED PAYMENT_RECEIVED")
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await staff_window.add_init_script(_DESKTOP)
    await staff_window.goto(f"{portal_url}/dashboard/invoices/{invoice_id}/timeline")
    await is_live(staff_window)
    title = await staff_window.title()
    entries = staff_window.locator("#timeline li")
    await business.stranger.record_view(token, source="EMAIL")
    await expect(entries.first).to_contain_text("Opened from the e-mail")
    await expect(entries.first.locator(".live")).to_be_visible()
    await _leave(staff_window, leave=True)
    await business.pay(invoice_id, "40.00")
    await expect(staff_window).to_have_title(f"(1) {title}")
    await expect(entries.filter(has_text="Paid €40.00")).to_have_count(1)
    [notification] = await staff_window.evaluate("window.shown")
    assert notification["body"] == "Ada Lovelace paid €40.00 for INV-00001"
    await _leave(staff_window, leave=False)
    await expect(staff_window).to_have_title(title)
    await staff_window.get_by_label("Hide individual opens").check()
    await expect(entries.filter(has_text="Opened")).to_be_hidden()
