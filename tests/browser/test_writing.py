"""Writing documents in the dashboard: what its scripts add to the forms."""

import re
from typing import Final

from playwright.async_api import Page, expect

from i18n.formatting import format_money
from models import Company, Customer, Invoice, InvoiceLine
from tests.support.clients import Business
from tests.support.staff import COOKIE, INVOICES, new_session

_NEW: Final = f"{INVOICES}/new"
_DRAFT: Final = re.compile(rf"{INVOICES}/[0-9a-f-]{{36}}/edit$")


async def _fill(page: Page, line: int, description: str, price: str) -> None:
    await page.get_by_label(f"Line {line}, description").fill(description)
    await page.get_by_label(f"Line {line}, price").fill(price)


async def _descriptions(page: Page) -> list[str]:
    cells = page.locator("#lines textarea[name=description]")
    return [await cells.nth(n).input_value() for n in range(await cells.count())]


async def _choose(page: Page, text: str, name: str) -> None:
    """Find a customer by typing."""
    await page.get_by_role("combobox", name="Bill to").fill(text)
    await page.get_by_role("option", name=name).click()


async def test_totals_while_typing_are_those_of_the_saved_invoice(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page = staff_window
    await Company.filter(id=business.company_id).update(default_tax_rate=19)
    await business.make_customer(name="Ada Lovelace")
    await page.goto(f"{portal_url}{_NEW}")
    await _choose(page, "lovel", "Ada Lovelace")
    await _fill(page, 1, "Tiles", "1.200,50")
    await page.get_by_label("Line 1, quantity").fill("3")
    await page.get_by_role("button", name="Add line").click()
    await page.get_by_label("Line 2, description").fill("Delivery")
    await expect(page.locator("#price-notes")).to_have_text(
        "Without line 2, which has no price yet."
    )
    await page.get_by_label("Line 2, price").fill("19.99")
    await page.get_by_label("Line 2, tax", exact=True).fill("7 %")
    await page.get_by_label("Discount", exact=True).first.fill("10%")
    await expect(page.locator("#price-notes")).to_be_empty()
    await expect(page.get_by_label("Line 1, amount")).to_have_text("€3,601.50")
    await expect(page).to_have_url(_DRAFT)
    await expect(page.locator("#draft-state")).to_contain_text("draft saved")
    total = await page.locator("[data-total]").text_content()
    await page.locator(".save").get_by_role("button", name="Save draft").click()
    await expect(page).not_to_have_url(_DRAFT)
    row = await Invoice.get(company_id=business.company_id)
    assert format_money(row.money(row.total), "en") == total


async def test_lines_are_added_moved_and_removed(staff_window: Page, portal_url: str) -> None:
    page = staff_window
    await page.goto(f"{portal_url}{_NEW}")
    for n, description in enumerate("ABC", 1):
        if n > 1:
            await page.get_by_role("button", name="Add line").click()
            await expect(page.get_by_label(f"Line {n}, description")).to_be_focused()
        await _fill(page, n, description, "10")
    await page.get_by_role("button", name="Move line 3 up").click()
    assert await _descriptions(page) == ["A", "C", "B"]
    await expect(page.get_by_role("button", name="Move line 2 up")).to_be_focused()
    await page.get_by_label("Line 1, price").press("Alt+ArrowDown")
    assert await _descriptions(page) == ["C", "A", "B"]
    await expect(page.get_by_label("Line 2, price")).to_be_focused()
    await page.get_by_role("button", name="Remove line 1").click()
    assert await _descriptions(page) == ["A", "B"]
    await expect(page.get_by_label("Line 1, description")).to_be_focused()
    await expect(page.locator("[data-total]")).to_have_text("€20.00")


async def test_nothing_typed_is_lost_by_leaving_or_reloading(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page = staff_window
    await page.goto(f"{portal_url}{_NEW}")
    await _fill(page, 1, "Tiles", "10")
    await page.get_by_role("button", name="Add line").click()
    await _fill(page, 2, "Delivery", "20")
    await page.get_by_role("link", name="Quotes").click()
    await page.go_back()
    await expect(page.locator("#draft-state")).to_contain_text("restored what you typed")
    assert await _descriptions(page) == ["Tiles", "Delivery"]
    await expect(page.get_by_label("Line 2, price")).to_have_value("20")
    await business.make_customer(name="Ada Lovelace")
    await _choose(page, "ada", "Ada Lovelace")
    await expect(page).to_have_url(_DRAFT)
    await page.get_by_label("Line 2, price").fill("30")
    await page.reload()
    await expect(page.get_by_label("Line 2, price")).to_have_value("30")
    await expect(page.get_by_role("combobox", name="Bill to")).to_have_value("Ada Lovelace")
    await page.locator(".save").get_by_role("button", name="Save draft").click()
    await page.goto(f"{portal_url}{_NEW}")
    assert await _descriptions(page) == [""]
    row = await Invoice.get(company_id=business.company_id)
    assert row.total == 4_000


async def test_what_was_typed_survives_the_end_of_the_session_but_not_signing_out(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page = staff_window
    await page.goto(f"{portal_url}{_NEW}")
    await _fill(page, 1, "Tiles", "10")
    await page.context.clear_cookies()
    await page.locator(".save").get_by_role("button", name="Save draft").click()
    await expect(page).to_have_url(re.compile(r"/dashboard/sign-in\?next="))
    secret = await new_session(business)
    await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": portal_url}])
    await page.goto(f"{portal_url}{_NEW}")
    assert await _descriptions(page) == ["Tiles"]
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(re.compile("/dashboard/sign-in"))
    assert await page.evaluate("localStorage.length") == 0


async def test_saving_stops_once_the_draft_is_deleted(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page, draft_id = staff_window, await business.make_draft()
    await page.goto(f"{portal_url}{INVOICES}/{draft_id}/edit")
    await business.mutate("deleteInvoice", "InvoiceRef", "", invoiceId=draft_id)
    await page.get_by_label("Line 1, price").fill("200")
    await expect(page.locator("#draft-state")).to_contain_text("was deleted")
    await expect(page.get_by_label("Line 1, price")).to_have_value("200")


async def test_two_windows_dont_overwrite_each_other(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    first, second = staff_window, await staff_window.context.new_page()
    path = f"{INVOICES}/{await business.make_draft()}/edit"
    for page in (first, second):
        await page.goto(f"{portal_url}{path}")
    await second.get_by_label("Line 1, price").fill("200")
    await expect(second.locator("#draft-state")).to_contain_text("draft saved")
    await expect(second.locator("#draft-state time")).to_have_count(0)
    await first.get_by_label("Line 1, price").fill("300")
    await expect(first.get_by_text("This draft was changed in another window")).to_be_visible()
    row = await Invoice.get(company_id=business.company_id)
    assert row.total == 20_000
    await first.get_by_role("button", name="Save my version").click()
    await expect(first).not_to_have_url(_DRAFT)
    assert (await Invoice.get(id=row.id)).total == 30_000


async def test_a_new_customer_is_saved_with_the_invoice_which_is_previewed_and_sent(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page = staff_window
    await page.goto(f"{portal_url}{_NEW}")
    await page.get_by_role("combobox", name="Bill to").fill("Lumen KG")
    await page.get_by_role("option", name="New customer “Lumen KG”").click()
    await page.get_by_label("E-mail for invoices").fill("buero@lumen.example")
    await _fill(page, 1, "Tiles", "450")
    await page.locator(".save").get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("heading", name="What they will see")).to_be_visible()
    shown = page.frame_locator("iframe.preview")
    await expect(shown.get_by_text("This is a preview.")).to_be_visible()
    await expect(shown.get_by_text("€450.00").first).to_be_visible()
    row = await Invoice.get(company_id=business.company_id)
    assert (row.status, row.number, row.view_count) == ("DRAFT", None, 0)
    await page.get_by_role("button", name="Issue and send").click()
    await expect(page).to_have_url(re.compile(r"\?sent="))
    row = await Invoice.get(id=row.id)
    assert (row.status, row.number) == ("ISSUED", "INV-00001")
    assert (await Customer.get(id=row.customer_id)).email == "buero@lumen.example"


async def test_the_first_wrong_input_is_focused_and_all_are_named(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    page = staff_window
    await page.goto(f"{portal_url}{_NEW}")
    await _fill(page, 1, "Tiles", "much")
    await page.locator(".save").get_by_role("button", name="Save draft").click()
    bill_to = page.get_by_role("combobox", name="Bill to")
    await expect(bill_to).to_be_focused()
    await expect(bill_to).to_have_accessible_description("This is required.")
    price = page.get_by_label("Line 1, price")
    await expect(price).to_have_value("much")
    await page.get_by_role("link", name="Line 1, price: Enter a price, like 450").click()
    await expect(price).to_be_focused()
    await expect(price).to_have_attribute("aria-invalid", "true")
    assert await InvoiceLine.filter(invoice__company_id=business.company_id).count() == 0


async def test_customer_is_created_in_a_dialog(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    await staff_window.goto(f"{portal_url}/dashboard/customers")
    await staff_window.get_by_role("link", name="New customer").click()
    dialog = staff_window.get_by_role("dialog", name="New customer")
    await dialog.get_by_label("Name", exact=True).fill("Ada & Co")
    await dialog.get_by_label("E-mail address", exact=True).fill("nobody@localhost")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("E-mail address", exact=True)).to_have_accessible_description(
        "Enter a valid e-mail address, like ada@example.com."
    )
    await dialog.get_by_label("E-mail address", exact=True).fill("ada@example.com")
    await dialog.get_by_role("button", name="Save").click()
    await expect(staff_window.get_by_role("heading", name="Ada & Co")).to_be_visible()
    assert business.email
