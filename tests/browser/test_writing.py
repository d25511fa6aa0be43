"""The scripts of the dashboard's forms."""

import re

from playwright.async_api import Page, expect

from models import Invoice, InvoiceLine
from tests.support.clients import Business
from tests.support.staff import INVOICES


async def test_document_form_always_ends_with_an_empty_line(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    await business.make_customer()
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await staff_window.get_by_role("link", name="New invoice").click()
    lines = staff_window.locator("#lines li")
    await expect(lines).to_have_count(3)
    await expect(staff_window.get_by_role("button", name="Add lines")).to_have_count(0)
    await staff_window.get_by_label("Customer").select_option(label="Ada Lovelace")
    for n in range(5):
        await lines.nth(n).get_by_label("Description").fill(f"Work {n}")
        await lines.nth(n).get_by_label("Unit price").fill("10")
    await expect(lines).to_have_count(6)
    await lines.nth(5).get_by_label("Unit price").press("Enter")
    await expect(staff_window.get_by_role("heading", name="Draft invoice")).to_be_visible()
    await expect(staff_window).to_have_url(re.compile(rf"{INVOICES}/[0-9a-f-]+$"))
    row = await Invoice.get(company_id=business.company_id)
    assert row.total == 5_000
    assert await InvoiceLine.filter(invoice_id=row.id).count() == 5


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
