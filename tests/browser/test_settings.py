"""The scripts of the settings, and forms that lead to Stripe."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from models import Company, Credential, User
from services.company.logos import MAX_UPLOAD
from tests.browser.staff import is_live
from tests.support.chromium import Windows
from tests.support.clients import PASSWORD, Business
from tests.support.images import plain
from tests.support.staff import HOME
from tests.support.stripe_sandbox import SandboxServer
from tests.support.webhook_receiver import make_webhook, receiving

SETTINGS: Final = "/dashboard/settings"


@pytest.fixture
async def settings(staff_window: Page, portal_url: str) -> Page:
    """Return a window with the company's settings."""
    await staff_window.goto(f"{portal_url}{SETTINGS}")
    return staff_window


async def test_too_large_logo_is_not_submitted(
    settings: Page, business: Business, tmp_path: Path
) -> None:
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    large.write_bytes(bytes(MAX_UPLOAD + 1))
    small.write_bytes(plain())
    logo, upload = (
        settings.get_by_label("Logo", exact=True),
        settings.get_by_role("button", name="Upload"),
    )
    await logo.set_input_files(large)
    await upload.click()
    message = await logo.evaluate("(it) => it.validationMessage")
    assert message == "This file is larger than 2 MB. Choose a smaller one."
    await logo.set_input_files(small)
    await expect(settings.get_by_role("img", name="The new logo")).to_be_visible()
    await upload.click()
    await expect(settings).to_have_url(re.compile(r"\?saved=logo#look$"))
    assert (await Company.get(id=business.company_id)).logo_digest is not None


async def test_the_log_of_a_webhook_shows_what_happens_without_a_reload(
    staff_window: Page, portal_url: str, business: Business
) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await business.make_invoice()
        await receiver.until(1)
        await staff_window.goto(f"{portal_url}{SETTINGS}/webhooks/{webhook_id}")
        log = staff_window.locator("#log")
        await expect(log.get_by_text("Delivered", exact=True).last).to_be_visible()
        await log.get_by_text("What we sent").click()
        await is_live(staff_window)
        await business.make_invoice()
        await expect(log.get_by_text("Invoice issued")).to_have_count(2)
        await expect(log.locator("tbody .pill", has_text="Delivered")).to_have_count(2)
        await expect(log.locator("details[open]")).to_have_count(1)


async def test_secret_of_a_key_can_be_copied(settings: Page, portal_url: str) -> None:
    await settings.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await settings.goto(f"{portal_url}{SETTINGS}/keys")
    await settings.get_by_label("Name").fill("tool")
    await settings.get_by_label("See invoices").check()
    await settings.get_by_role("button", name="Create key").click()
    await settings.get_by_role("button", name="Copy key").click()
    await expect(settings.get_by_role("button", name="Copied")).to_be_visible()
    copied = await settings.evaluate("navigator.clipboard.readText()")
    assert copied == await settings.locator("#secret").text_content()


async def test_user_is_invited_edited_and_invited_again(
    windows: Windows, settings: Page, portal_url: str
) -> None:
    await settings.goto(f"{portal_url}{SETTINGS}/users")
    await settings.get_by_label("Name").fill("Ada")
    await settings.get_by_label("E-mail address").fill(f"{uuid4()}@example.com")
    await settings.get_by_label("See invoices").check()
    await settings.get_by_role("button", name="Send invitation").click()
    first = await settings.locator("#secret").text_content()
    await settings.get_by_role("link", name="Ada", exact=True).click()
    dialog = settings.get_by_role("dialog", name="Ada")
    await dialog.get_by_label("Name").fill("Bea")
    await dialog.get_by_role("button", name="Save").click()
    await settings.get_by_role("link", name="Send again to Bea").click()
    await settings.get_by_role("button", name="Send invitation").click()
    link = await settings.locator("#secret").text_content()
    assert link
    assert link != first
    invitee = await windows.open(f"{portal_url}{urlsplit(link).path}")
    await invitee.get_by_label("Password").fill(PASSWORD)
    await invitee.get_by_role("button", name="Set password and sign in").click()
    await expect(invitee).to_have_url(f"{portal_url}{HOME}")


async def test_the_brand_is_previewed_while_a_colour_is_entered(
    settings: Page, business: Business
) -> None:
    button = settings.locator("#brand .main")
    await settings.get_by_label("Colour", exact=True).fill("#ffc220")
    await expect(button).to_have_css("background-color", "rgb(255, 194, 32)")
    await expect(button).to_have_css("color", "rgb(17, 24, 39)")
    email = settings.frame_locator("#brand iframe")
    await expect(email.locator("[bgcolor='#ffc220'], [style*='#ffc220']").first).to_be_attached()
    await expect(settings.get_by_label("Pick a colour")).to_have_value("#ffc220")
    assert (await Company.get(id=business.company_id)).accent_color is None


async def test_an_email_is_previewed_while_its_words_are_written(
    settings: Page, portal_url: str
) -> None:
    await settings.goto(f"{portal_url}{SETTINGS}/emails")
    await settings.get_by_label("Message").fill("Good day, {customer}!")
    email = settings.frame_locator("iframe[name=preview]")
    await expect(email.get_by_text("Good day, Ada Lovelace!").first).to_be_attached()
    await expect(settings.get_by_label("Message")).to_be_focused()


async def test_reminders_are_a_sentence_while_they_are_chosen(
    settings: Page, portal_url: str, business: Business
) -> None:
    await settings.goto(f"{portal_url}{SETTINGS}/payments")
    sentence = settings.locator("#sentence")
    await settings.get_by_label("On the due date").check()
    await expect(sentence).to_have_text(
        "We remind clients 3 days before, on the due date, and 1, 7, and 14 days after."
    )
    await settings.get_by_label("Another day after").fill("45")
    await expect(sentence).to_contain_text("1, 7, 14, and 45 days after.")
    await settings.locator("#reminders").get_by_role("button", name="Save").click()
    await expect(settings.locator("#reminders").get_by_role("status").first).to_contain_text(
        "Saved."
    )
    stages = (await Company.get(id=business.company_id)).reminder_stages
    assert stages == [-3, 0, 1, 7, 14, 45]


async def test_connecting_leads_to_stripe_and_back(
    settings: Page, portal_url: str, business: Business, sandbox_server: SandboxServer
) -> None:
    await settings.goto(f"{portal_url}{SETTINGS}/payments")
    await settings.get_by_role("button", name="Connect with Stripe").click()
    await expect(settings).to_have_url(re.compile(re.escape(f"{sandbox_server.url}/onboarding/")))
    await sandbox_server.webhooks_delivered()
    assert (await Company.get(id=business.company_id)).stripe_account is not None


async def test_disconnecting_asks_for_confirmation(
    seller: Business, settings: Page, portal_url: str
) -> None:
    await settings.goto(f"{portal_url}{SETTINGS}/payments")
    await settings.get_by_role("link", name="Disconnect").click()
    await settings.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(settings.get_by_role("button", name="Connect with Stripe")).to_be_visible()
    assert (await Company.get(id=seller.company_id)).stripe_account is None


async def test_password_is_asked_for_in_the_dialog_of_the_action(
    settings: Page, portal_url: str, business: Business
) -> None:
    await business.mutate(
        "createUser",
        "CreateUserInput",
        "{ url }",
        name="Ada Lovelace",
        email=f"{uuid4()}@example.com",
        permissions=["VIEW_INVOICES"],
    )
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=None)
    await settings.goto(f"{portal_url}{SETTINGS}/users")
    await settings.get_by_role("link", name="Ada Lovelace", exact=True).click()
    dialog = settings.get_by_role("dialog")
    await dialog.get_by_role("link", name="Remove Ada Lovelace").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(dialog.get_by_role("heading", name="Confirm it's you")).to_be_focused()
    await dialog.get_by_label("Your password").fill("wrong")
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_text("This password is wrong.", exact=True)).to_be_visible()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(settings.get_by_text("Person removed.")).to_be_visible()
    assert await User.filter(company_id=business.company_id).count() == 1
