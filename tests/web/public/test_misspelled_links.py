"""Links with capital letters in their token, or a slash at the end, lead to the same page."""

import httpx
import pytest

from services.email.preferences import preference_for
from tests.support.clients import Business

_UNKNOWN = "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69"


async def _follow(business: Business, path: str, method: str = "GET") -> httpx.Response:
    """Return the page after one redirect, to a path of the same origin that isn't cached."""
    headers = business.stranger.headers
    moved = await business.http.request(method, path, headers=headers)
    assert (moved.status_code, moved.headers["cache-control"]) == (308, "no-store")
    assert moved.headers["location"].startswith("/")
    return await business.http.request(method, moved.headers["location"], headers=headers)


async def test_an_invoice_opens_whatever_the_spelling(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    for path in (
        f"/invoice/{token.upper()}",
        f"/invoice/{token}/",
        f"/invoice/{token.upper()}/?source=email",
        f"/invoice/{token.upper()}.pdf",
    ):
        page = await _follow(business, path)
        assert page.status_code == 200, path
    assert str(page.url).endswith(f"/invoice/{token}.pdf")


async def test_a_portal_keeps_the_case_of_numbers(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id, number="Ab/1")
    portal = await business.share_portal(customer_id)
    page = await _follow(business, f"/portal/{portal.upper()}/Ab%2F1?x=1")
    assert (page.status_code, page.url.query) == (200, b"x=1")
    assert (await _follow(business, f"/portal/{portal}/")).status_code == 200


async def test_preferences_open_too(business: Business) -> None:
    preference = await preference_for(business.company_id, "ada@example.com", "en")
    path = f"/preferences/{str(preference.token).upper()}"
    assert (await _follow(business, path)).status_code == 200


@pytest.mark.parametrize(
    "path", [f"/invoice/{_UNKNOWN.upper()}", f"/invoice/{_UNKNOWN}/", f"/quote/{_UNKNOWN}/"]
)
async def test_an_unknown_link_stays_unknown(business: Business, path: str) -> None:
    assert (await _follow(business, path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/invoice/{_UNKNOWN}.PDF",
        f"/invoice/{_UNKNOWN}//",
        f"/invoices/{_UNKNOWN}/",
        f"//invoice/{_UNKNOWN.upper()}",
        "/invoice/UPPER/",
    ],
)
async def test_nothing_else_is_redirected(business: Business, path: str) -> None:
    url = str(business.http.base_url).rstrip("/") + path
    answer = await business.http.get(url, headers=business.stranger.headers)
    assert answer.status_code == 404
