"""What the pages' scripts do, in a real browser."""

import json
from collections.abc import AsyncIterator

import pytest

from models import Invoice
from tests import servers
from tests.chromium import CHROMIUM, Tab, tab
from tests.clients import PASSWORD, Business, new_address
from tests.conftest import Backend
from tests.staff import INVOICES, SIGN_IN

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

_STATE = "document.getElementById('live-state').textContent"
_LIVE = f"{_STATE} === 'Live'"


def _badge(selector: str) -> str:
    return f"document.querySelector('[data-views] {selector}')"


async def _sign_in(page: Tab, url: str, business: Business) -> None:
    # From an address of its own: from one, only so many may sign in within a minute.
    await page.call("Network.enable")
    address = {"x-forwarded-for": new_address()}
    await page.call("Network.setExtraHTTPHeaders", headers=address)
    await page.open(f"{url}{SIGN_IN}")
    fields = {"email": business.email, "password": PASSWORD}
    for name, value in fields.items():
        await page.js(f"document.getElementById('{name}').value = {json.dumps(value)}")
    await page.js("document.querySelector('form button').click()")
    await page.until(f"location.pathname === '{INVOICES}'")


@pytest.fixture
async def page(portal_url: str, business: Business) -> AsyncIterator[Tab]:
    """Yield a browser's page in which somebody has signed in; its scripts must not complain."""
    async with tab() as found:
        await _sign_in(found, portal_url, business)
        yield found
        assert found.faults == []


async def test_an_open_appears_in_the_list_as_it_happens(
    page: Tab, portal_url: str, business: Business
) -> None:
    customer_id = await business.make_customer(name="Ada <b> & Co")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await page.open(f"{portal_url}{INVOICES}?shared=no")
    await page.until(_LIVE)
    assert await page.js("document.querySelector('.opens').innerText.trim()") == "Not shared"
    token = await business.share(invoice_id)
    await page.js("window.isTheSamePage = true")
    await business.stranger.record_view(token, source="EMAIL")
    await page.until(f"{_badge('[data-count]')}.textContent === '1'")
    assert await page.js("window.isTheSamePage")
    assert await page.js("document.querySelector('.opens .quiet').hidden")
    assert not await page.js("document.querySelector('[data-views]').hidden")
    assert not await page.js(f"{_badge('[data-live]')}.hidden")
    assert await page.js(f"{_badge('[data-never]')}.hidden")
    assert await page.js("document.querySelector('#feed .customer').textContent") == "Ada <b> & Co"
    assert await page.js("document.querySelector('#feed .source').textContent") == "E-mail"
    assert await page.js("document.querySelectorAll('#feed li').length") == 1


async def test_first_and_last_show_on_focus_and_go_with_escape(
    page: Tab, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    await page.open(f"{portal_url}{INVOICES}")
    shown = f"getComputedStyle({_badge('.tip')}).display"
    assert await page.js(shown) == "none"
    await page.js(f"{_badge('.count')}.focus()")
    assert await page.js(shown) == "block"
    await page.js("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))")
    assert await page.js(shown) == "none"


async def test_a_mark_fades_when_its_time_is_over(
    page: Tab, portal_url: str, business: Business
) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    await page.open(f"{portal_url}{INVOICES}")
    await page.until(f"!{_badge('[data-live]')}.hidden")
    # Five minutes ago but for two seconds, by the clock of the server.
    await page.js(
        "document.querySelector('[data-views]').dataset.last ="
        " new Date(Date.parse(document.body.dataset.now) - 298000).toISOString()"
    )
    await page.until(f"{_badge('[data-live]')}.hidden")


async def test_a_payment_changes_the_row(page: Tab, portal_url: str, business: Business) -> None:
    invoice_id = await business.make_invoice()
    await page.open(f"{portal_url}{INVOICES}")
    await page.until(_LIVE)
    await business.pay(invoice_id, "40")
    await page.until("document.querySelector('[data-due]').textContent === '€60.00'")
    assert await page.js("document.querySelector('[data-status]').textContent") == "Partially paid"
    assert await page.js("document.getElementById('news').hidden")
    await business.make_invoice()
    await page.until("!document.getElementById('news').hidden")


async def test_an_invoice_s_page_shows_what_happens_to_it(
    page: Tab, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await page.open(f"{portal_url}{INVOICES}/{invoice_id}")
    await page.until(_LIVE)
    await page.js("document.querySelector('.count').focus()")
    await business.stranger.record_view(token)
    await page.until("document.querySelectorAll('.log tbody tr').length === 1")
    assert await page.js("document.activeElement.className") == "count"
    await business.pay(invoice_id, "100")
    await page.until("document.querySelector('#head .status').textContent.trim() === 'Paid'")
    assert "cash" in await page.js("document.getElementById('payments').textContent")


_DIALOG = "(document.querySelector('dialog.over[open] h1')?.textContent ?? '')"


def _click(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)}).click()"


async def test_it_is_shared_and_revoked_in_a_dialog(
    page: Tab, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await page.open(f"{portal_url}{INVOICES}/{invoice_id}")
    await page.until("document.querySelector('dialog')")
    await page.js("window.isTheSamePage = true")
    await page.js(_click("#actions form button"))
    await page.until(f"{_DIALOG} === 'Share invoice INV-00001'")
    assert await page.js("document.activeElement.id") == "panel-head"
    token = (await Invoice.get(id=invoice_id)).share_token
    assert await page.js("document.getElementById('link').value.split('/').at(-1)") == str(token)
    await page.until("document.querySelector('.qr').naturalWidth > 0")
    assert await page.js("!document.getElementById('copy').hidden")
    apps = "[...document.querySelectorAll('.sharing a.button')].map((a) => a.textContent)"
    assert await page.js(apps) == ["WhatsApp", "Telegram", "Slack", "E-mail app"]
    await page.js(_click("dialog a[href$='/revoke']"))
    await page.until(f"{_DIALOG} === 'Revoke the link of invoice INV-00001?'")
    await page.js(_click("dialog a[data-dialog]"))
    await page.until(f"{_DIALOG} === 'Share invoice INV-00001'")
    await page.js(_click("dialog a[href$='/revoke']"))
    await page.until(f"{_DIALOG}.startsWith('Revoke')")
    await page.js(_click("dialog form button"))
    await page.until("document.querySelector('dialog form button').textContent === 'Make the link'")
    assert (await Invoice.get(id=invoice_id)).share_token is None
    await page.js(_click("dialog .last a"))
    await page.until("!document.querySelector('dialog').open")
    assert await page.js("window.isTheSamePage")


async def test_the_page_below_is_renewed_when_a_dialog_closes(
    page: Tab, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await page.open(f"{portal_url}{INVOICES}/{invoice_id}")
    await page.until("document.querySelector('dialog')")
    await page.js("document.querySelector('#actions form button').focus()")
    await page.js(_click("#actions form button"))
    await page.until(f"{_DIALOG} === 'Share invoice INV-00001'")
    await page.js(_click("dialog .close"))
    await page.until("document.querySelector('#share a.link')")
    assert await page.js("document.activeElement.matches('#actions a[href$=\"/share\"]')")


async def test_a_payment_is_recorded_in_a_dialog(
    page: Tab, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await page.open(f"{portal_url}{INVOICES}/{invoice_id}")
    await page.until("document.querySelector('dialog')")
    await page.js(_click("#actions a[href$='/payment']"))
    await page.until(f"{_DIALOG} === 'Record a payment'")
    for name, value in {"amount": "1000", "method": "Cheque"}.items():
        await page.js(f"document.getElementById('{name}').value = '{value}'")
    await page.js(_click("dialog form .main"))
    await page.until("document.activeElement.matches('#amount[aria-invalid]')")
    said = "document.getElementById(document.activeElement.getAttribute('aria-describedby'))"
    assert await page.js(f"{said}.textContent") == "Only 100.00 EUR is due."
    assert await page.js("document.getElementById('method').value") == "Cheque"
    await page.js("document.getElementById('amount').value = '100'")
    await page.js(_click("dialog form .main"))
    await page.until("document.querySelector('.payments')?.textContent.includes('Cheque')")
    assert await page.js("document.querySelector('#head .status').textContent.trim()") == "Paid"
    assert not await page.js("document.querySelector('dialog[open]')")


async def test_files_go_to_the_device_s_share_sheet(
    page: Tab, portal_url: str, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    await page.open(f"{portal_url}{INVOICES}/{invoice_id}")
    await page.until("document.querySelector('dialog')")
    await page.js(
        "navigator.canShare = () => true, navigator.share = async (it) => { window.shared = it; }"
    )
    await page.js(_click("#actions a[href$='/share']"))
    await page.until(f"{_DIALOG} === 'Share invoice INV-00001'")
    await page.js(_click("[data-sheet]"))
    await page.until("window.shared")
    assert await page.js("window.shared.files[0].type") == "application/pdf"
    assert (await page.js("window.shared.files[0].name")).endswith(".pdf")
    assert await page.js("window.shared.url === document.getElementById('link').value")
    assert "INV-00001" in await page.js("window.shared.text")


async def test_it_says_when_it_is_not_live_and_misses_nothing_meanwhile(
    backend: Backend, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    with servers.portal(backend.environment) as portal:
        async with tab() as page:
            await _sign_in(page, portal.url, business)
            await page.until(_LIVE)
            portal.stop()
            await page.until(f"{_STATE}.startsWith('Not live')")
            for _ in range(3):
                await business.stranger.record_view(token)
            portal.start()
            await page.until(f"{_STATE} === 'Live again'", patience=30)
            await page.until(f"{_badge('[data-count]')}.textContent === '3'")
            assert await page.js("document.querySelectorAll('#feed li').length") == 3


async def test_who_is_signed_out_elsewhere_is_told(page: Tab, business: Business) -> None:
    await page.until(_LIVE)
    await page.js(
        "fetch('/dashboard/sign-out', {method: 'POST',"
        " body: new URLSearchParams({form_token:"
        " document.querySelector('[name=form_token]').value})})"
    )
    await page.until(f"{_STATE} === 'Not live. Reload the page'")
    await page.js("document.querySelector('#live-state a').click()")
    await page.until(f"location.pathname === '{SIGN_IN}'")
    assert business.email


async def test_without_scripts_everything_is_there(portal_url: str, business: Business) -> None:
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    async with tab() as page:
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await _sign_in(page, portal_url, business)
        assert await page.js(f"{_badge('[data-count]')}.textContent") == "1"
        assert await page.js("document.querySelector('#feed time').textContent.endsWith(' UTC')")
        await page.js("document.querySelector('.who button').click()")
        await page.until(f"location.pathname === '{SIGN_IN}'")


@pytest.mark.parametrize("width", [375, 1280])
async def test_no_page_is_wider_than_the_screen(
    page: Tab, portal_url: str, business: Business, width: int
) -> None:
    customer_id = await business.make_customer(name="Longname" * 20)
    invoice_id = await business.make_invoice(customerId=customer_id, number="N" * 64)
    await business.stranger.record_view(await business.share(invoice_id))
    await page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=width < 500,
    )
    own = f"{INVOICES}/{invoice_id}"
    for path in (INVOICES, own, f"{own}/share", f"{own}/share/revoke", f"{own}/payment"):
        await page.open(f"{portal_url}{path}")
        assert await page.js("document.documentElement.scrollWidth") <= width
