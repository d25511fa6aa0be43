"""Lists in a browser: rows are links, and what is selected shows what can be done with it."""

from playwright.async_api import Page, expect

from tests.support.clients import Business
from tests.support.staff import INVOICES


async def test_a_row_leads_to_its_invoice_and_its_customer_to_the_customer(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await staff_window.goto(f"{portal_url}{INVOICES}")
    await staff_window.locator(".c-due").click(force=True)  # the link lies above it
    await expect(staff_window).to_have_url(f"{portal_url}{INVOICES}/{invoice_id}")
    await staff_window.go_back()
    await staff_window.get_by_role("link", name="Ada", exact=True).click()
    await expect(staff_window).to_have_url(f"{portal_url}/dashboard/customers/{customer_id}")


async def test_rows_are_selected_by_keyboard_and_the_bar_counts_them(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    for number in ("A", "B"):
        await business.make_invoice(number=number)
    await staff_window.goto(f"{portal_url}{INVOICES}")
    bar = staff_window.get_by_role("group", name="Selected invoices")
    await expect(bar).to_be_hidden()
    await staff_window.get_by_role("checkbox", name="Select A", exact=True).focus()
    await staff_window.keyboard.press("Space")
    await expect(bar).to_contain_text("1 selected")
    await staff_window.get_by_role("checkbox", name="Select all on this page").focus()
    await staff_window.keyboard.press("Space")
    await expect(bar).to_contain_text("2 selected")
    await bar.get_by_role("button", name="Send reminders").click()
    heading = staff_window.get_by_role("heading", name="Send 2 reminders?")
    await expect(heading).to_be_visible()
