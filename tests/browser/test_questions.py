"""What clients write, and staff see at once: questions, and answers to quotes."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.staff import is_live
from tests.support.clients import Business
from tests.support.staff import INVOICES

# The database doesn't change how a page looks.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


async def test_a_question_reaches_staff_live_and_its_answer_the_client(
    staff_window: Page, browser: Browser, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await staff_window.goto(f"{portal_url}{INVOICES}/{invoice_id}")
    await is_live(staff_window)
    client = await browser.new_page(java_script_enabled=False)
    await client.goto(f"{portal_url}/invoice/{token}")
    await client.get_by_label("Your question").fill("Can you put our\norder number on it?")
    await client.get_by_role("button", name="Send question").click()
    await expect(client.get_by_role("status")).to_contain_text("has your question")
    thread = staff_window.locator("#questions")
    await expect(thread).to_contain_text("order number on it?")
    await thread.get_by_role("link", name="Answer").click()
    dialog = staff_window.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Answer").fill("Done.")
    await dialog.get_by_role("button", name="Send answer").click()
    await expect(thread).to_contain_text("Done.")
    await client.reload()
    await expect(client.locator(".thread li").last).to_contain_text("Done.")
    await client.close()


async def test_staff_see_live_what_a_client_writes_without_a_script_about_a_quote(
    staff_window: Page, browser: Browser, portal_url: str, business: Business
) -> None:
    quote_id = await business.make_quote()
    listed = await staff_window.context.new_page()
    asked = await staff_window.context.new_page()
    for page, path in (
        (staff_window, f"quotes/{quote_id}"),
        (listed, "quotes"),
        (asked, "questions"),
    ):
        await page.goto(f"{portal_url}/dashboard/{path}")
        await is_live(page)
    await expect(asked.get_by_text("No open questions")).to_be_visible()

    client = await browser.new_page(java_script_enabled=False)
    await client.goto(f"{portal_url}/quote/{await business.share_quote(quote_id)}")
    await client.get_by_text("Ask a question").click()
    await client.get_by_label("Your question").fill("May we start in May?")
    await client.get_by_role("button", name="Send question").click()
    await expect(asked.locator("#list li")).to_contain_text("May we start in May?")
    await expect(staff_window.locator("#questions")).to_contain_text("May we start in May?")

    await client.locator("#accept").get_by_label("Your full name").fill("Rowan Ashby")
    await client.get_by_role("button", name="Accept for").click()
    await expect(client.locator(".hero")).to_contain_text("Accepted by Rowan Ashby on")
    await expect(staff_window.locator("#head")).to_contain_text("Accepted by Rowan Ashby")
    await expect(staff_window.locator("#actions")).to_contain_text("Create invoice")
    await expect(listed.locator("td.c-state")).to_have_text("Accepted")

    await asked.get_by_role("link", name="Delete").click()
    await asked.get_by_role("dialog").get_by_role("button", name="Delete question").click()
    await expect(staff_window.locator("#questions")).to_contain_text("was deleted")
    await client.reload()
    await expect(client.locator("main")).not_to_contain_text("May we start")
    await client.close()
