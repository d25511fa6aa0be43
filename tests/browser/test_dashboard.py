"""The dashboard's scripts: live updates, and forms as dialogs."""

import re

from playwright.async_api import Locator, Page, expect

from models import DeliveryState, EmailDelivery, Quote
from tests.browser.staff import SHARE_SHEET, is_live, shared
from tests.support import servers
from tests.support.clients import Business
from tests.support.outages import read_only_database
from tests.support.staff import INVOICES, SIGN_IN
from tests.support.tcp_proxy import tcp_proxy

_MARK = "window.isTheSamePage = true"


def _dialog(page: Page, title: str) -> Locator:
    """Return the dialog with this title."""
    return page.get_by_role("dialog", name=title, exact=True)


async def test_view_appears_in_the_list_as_it_happens(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada <b> & Co")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await is_live(staff_window)
    opens = staff_window.locator(".c-views")
    await expect(opens).to_have_text("Not shared", use_inner_text=True)
    token = await business.share(invoice_id)
    await staff_window.evaluate(_MARK)
    await business.stranger.record_view(token, source="EMAIL")
    await expect(opens.locator("[data-count]")).to_have_text("1")
    await expect(opens.locator("[data-live]")).to_be_visible()
    await expect(opens.get_by_text("Not shared")).to_be_hidden()
    await opens.locator(".opens").hover()
    await expect(opens.locator("[data-seen]")).to_be_visible()
    await expect(opens.locator("[data-never]")).to_be_hidden()
    assert await staff_window.evaluate("window.isTheSamePage")


async def test_first_and_last_view_show_on_focus_and_hide_on_escape(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    await staff_window.goto(f"{portal_url}{INVOICES}")
    tip = staff_window.get_by_role("tooltip")
    await expect(tip).to_be_hidden()
    await staff_window.locator(".opens").focus()
    await expect(tip).to_be_visible()
    await staff_window.keyboard.press("Escape")
    await expect(tip).to_be_hidden()


async def test_mark_of_a_recent_view_expires(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    await staff_window.goto(f"{portal_url}{INVOICES}")
    mark = staff_window.locator("[data-views] [data-live]")
    await expect(mark).to_be_visible()
    # Two seconds less than five minutes ago, by the server's clock.
    await staff_window.evaluate(
        "document.querySelector('[data-views]').dataset.last ="
        " new Date(Date.parse(document.body.dataset.now) - 298000).toISOString()"
    )
    await expect(mark).to_be_hidden()


async def test_payment_updates_the_row(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await is_live(staff_window)
    await business.pay(invoice_id, "40")
    row = staff_window.locator("[data-invoice]")
    await expect(row.locator(".c-due")).to_have_text("€60.00")
    await expect(row.locator(".c-state")).to_have_text("Part paid")
    await expect(staff_window.locator("#news")).to_be_hidden()
    await business.make_invoice()
    await expect(staff_window.locator("#news")).to_be_visible()


async def test_invoice_page_shows_events_as_they_happen(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await is_live(staff_window)
    count = staff_window.locator(".opens")
    await count.focus()
    await business.stranger.record_view(token)
    await expect(staff_window.locator(".log tbody tr")).to_have_count(1)
    await expect(count).to_be_focused()
    await business.pay(invoice_id, "100")
    await expect(staff_window.locator("#head .pill")).to_have_text("Paid")
    await expect(staff_window.locator("#payments")).to_contain_text("Cash")


async def test_quote_is_shared_and_revoked_in_a_dialog(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    quote_id = await business.make_quote()
    await staff_window.goto(f"{portal_url}/dashboard/quotes/{quote_id}")
    await staff_window.evaluate(_MARK)
    await staff_window.get_by_role("link", name="Share").click()
    sharing = staff_window.get_by_role("dialog")
    await sharing.get_by_role("button", name="Create link without sending it").click()
    token = sharing.get_by_label("Link for your client")
    await expect(token).to_be_visible()
    assert (await token.input_value()).endswith(str((await Quote.get(id=quote_id)).share_token))
    await expect(sharing.locator(".qr")).to_have_js_property("complete", value=True)
    assert await sharing.locator(".qr").evaluate("(it) => it.naturalWidth") > 0
    await expect(sharing.get_by_role("button", name="Copy")).to_be_visible()
    apps = ["WhatsApp", "Telegram", "Slack", "E-mail app"]
    await expect(sharing.locator(".sharing a.button")).to_have_text(apps)
    await sharing.get_by_role("link", name="Stop sharing").click()
    await sharing.get_by_role("link", name="Back").click()
    await sharing.get_by_role("link", name="Stop sharing").click()
    await sharing.get_by_role("button", name="Stop sharing").click()
    await expect(sharing.get_by_role("button", name="Create link")).to_be_visible()
    assert (await Quote.get(id=quote_id)).share_token is None
    await sharing.get_by_role("link", name="Done").click()
    await expect(sharing).to_be_hidden()
    assert await staff_window.evaluate("window.isTheSamePage")


async def test_a_draft_is_issued_and_sent_and_the_e_mail_undone(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_draft()
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("link", name="Issue and send").click()
    dialog = _dialog(staff_window, "Issue and send")
    await dialog.get_by_label("Message").fill("Thank you!")
    await dialog.get_by_text("Preview the e-mail").click()
    frame = dialog.frame_locator("iframe")
    await expect(frame.get_by_text("Subject:")).to_be_visible()
    await dialog.get_by_role("button", name="Update preview").click()
    await expect(frame.get_by_text("Thank you!").first).to_be_visible()
    await dialog.get_by_role("button", name="Issue and send").click()
    toast = staff_window.locator(".toast#sent")
    await toast.get_by_role("button", name=re.compile(r"Undo \(\d+\)")).click()
    await expect(staff_window.locator("#sent")).to_contain_text("cancelled: it wasn't sent")
    await expect(staff_window.get_by_role("heading", name="Invoice INV-00001")).to_be_visible()
    await expect(staff_window.locator("#share").get_by_label("Message")).to_have_value("Thank you!")
    delivery = await EmailDelivery.get(invoice_id=invoice_id)
    assert delivery.status is DeliveryState.CANCELLED


async def test_a_form_says_what_it_will_do_while_it_is_filled_in(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("link", name="Record payment").click()
    dialog = _dialog(staff_window, "Record payment")
    effect = dialog.locator("#effect")
    await expect(effect).to_have_text("Nothing will be due on invoice INV-00001 any more.")
    await dialog.get_by_label("Amount in EUR").fill("40")
    await expect(effect).to_have_text(
        "€60.00 will be due on invoice INV-00001, instead of €100.00."
    )
    await dialog.get_by_role("button", name="Record payment").click()
    await expect(staff_window.get_by_role("status").first).to_be_visible()
    await expect(staff_window.locator("main")).to_contain_text(
        "Payment of €40.00 recorded. €60.00 is due on invoice INV-00001"
    )


async def test_focus_returns_to_a_button_that_was_refreshed_behind_a_dialog(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await is_live(staff_window)
    remind = staff_window.get_by_role("link", name="Send reminder")
    await remind.click()
    await expect(staff_window.get_by_role("dialog")).to_be_visible()
    await business.pay(invoice_id, "40")
    await expect(staff_window.locator("#payments")).to_contain_text("Cash")
    await staff_window.keyboard.press("Escape")
    await expect(remind).to_be_focused()


async def test_payment_is_recorded_in_a_dialog(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("link", name="Record payment").click()
    dialog = _dialog(staff_window, "Record payment")
    amount, method = dialog.get_by_label("Amount in EUR"), dialog.get_by_label("Paid by")
    await amount.fill("1000")
    await method.fill("Cheque")
    await dialog.get_by_role("button", name="Record payment").click()
    await expect(amount).to_have_accessible_description("Only 100.00 EUR is due.")
    await expect(amount).to_be_focused()
    await expect(method).to_have_value("Cheque")
    await amount.fill("100")
    async with read_only_database():
        await dialog.get_by_role("button", name="Record payment").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Try again shortly.")
    await expect(amount).to_have_value("100")
    await dialog.get_by_role("button", name="Record payment").click()
    await expect(staff_window.locator(".payments")).to_contain_text("Cheque")
    await expect(staff_window.locator("#head .pill")).to_have_text("Paid")
    await expect(dialog).to_be_hidden()


async def test_pdf_goes_to_the_device_s_share_sheet(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    await staff_window.add_init_script(SHARE_SHEET)
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.get_by_role("button", name="Share PDF").click()
    got = await shared(staff_window)
    assert got["type"] == "application/pdf"
    assert got["name"].endswith(".pdf")
    assert got["url"] == await staff_window.get_by_role("textbox", name="Link").input_value()
    assert "INV-00001" in got["text"]


async def test_lost_connection_is_shown_and_missed_events_are_caught_up(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    port = int(portal_url.rpartition(":")[2])
    async with tcp_proxy(port) as proxy:
        await staff_window.clock.install()
        await staff_window.goto(f"http://127.0.0.1:{proxy.port}{INVOICES}")
        await is_live(staff_window)
        proxy.target = servers.free_port()
        proxy.cut()
        await is_live(staff_window, "Not live")
        for _ in range(3):
            await business.stranger.record_view(token)
        proxy.target = port
        await staff_window.clock.fast_forward("00:30")  # the longest pause between two attempts
        await expect(staff_window.locator("#live-state")).to_have_text("Live again")
        await expect(staff_window.locator("[data-views] [data-count]")).to_have_text("3")


async def test_page_of_a_revoked_session_says_that_it_has_ended(
    staff_window: Page, portal_url: str
) -> None:
    await is_live(staff_window)
    other = await staff_window.context.new_page()
    await other.goto(f"{portal_url}{INVOICES}")
    await other.get_by_role("button", name="Sign out").click()
    await is_live(staff_window, "Not live. Reload page")
    await staff_window.get_by_role("link", name="Reload page").click()
    await expect(staff_window.get_by_role("heading", name="Sign in")).to_be_visible()
    assert SIGN_IN in staff_window.url
