"""The portal's forms that pay several invoices at once, and use credit."""

from urllib.parse import urlsplit

import httpx
import pytest

from models import Checkout
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer, figures
from tests.web.public.test_payment_view import text_of


class _Portal:
    """A customer's portal with two invoices over 100.00."""

    def __init__(self, seller: Business, token: str, numbers: list[str], ids: list[str]) -> None:
        self.seller, self.token, self.numbers, self.ids = seller, token, numbers, ids

    async def post(self, form: str, *numbers: str) -> httpx.Response:
        """Submit a form of the portal."""
        return await self.seller.http.post(
            f"/portal/{self.token}/{form}",
            data={"number": list(numbers)},
            headers=self.seller.stranger.headers,
        )

    async def get(self, address: str) -> httpx.Response:
        """Open a page."""
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}"
        return await self.seller.http.get(path, headers=self.seller.stranger.headers)


@pytest.fixture
async def portal(seller: Business) -> _Portal:
    """Return the portal."""
    customer_id = await seller.make_customer()
    ids = [await seller.make_invoice(customerId=customer_id) for _ in range(2)]
    numbers = [(await seller.invoice(id_, "number"))["number"] for id_ in ids]
    await seller.make_credit_note(customer_id, "30.00")
    return _Portal(seller, await seller.share_portal(customer_id), numbers, ids)


async def test_a_client_pays_the_chosen_invoices_and_comes_back(
    sandbox_server: SandboxServer, portal: _Portal
) -> None:
    answer = await portal.post("checkout", *portal.numbers)
    assert answer.status_code == 303
    session_id = sandbox_server.session(answer.headers["location"])
    session = sandbox_server.sandbox.session(session_id)
    assert portal.token not in repr(session)
    left = await portal.get(session["cancel_url"])
    amount = (await Checkout.get(session_id=session_id)).amount
    location = f"/portal/{portal.token}?payment=cancelled&amount={amount}"
    assert (left.status_code, left.headers["location"]) == (303, location)
    sandbox_server.sandbox.pay(session_id)
    back = await portal.get(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))
    assert "Thank you. We received €200.00." in text_of(back)
    assert ", ".join(portal.numbers) in text_of(back)
    assert f'href="/portal/{portal.token}"' in back.text
    assert [(await figures(portal.seller, id_))[0] for id_ in portal.ids] == ["PAID", "PAID"]


@pytest.mark.usefixtures("sandbox_server")
async def test_what_cannot_be_paid_at_once_is_named_on_the_portal(portal: _Portal) -> None:
    await portal.seller.pay(portal.ids[1], "100.00")
    paid = await portal.post("checkout", *portal.numbers)
    assert paid.status_code == 409
    assert f"{portal.numbers[1]}: This invoice is paid" in text_of(paid)
    none = await portal.post("checkout")
    assert none.status_code == 400
    assert "Choose between 1 and 50 invoices." in text_of(none)
    assert (await portal.post("checkout", "unknown")).status_code == 404


@pytest.mark.usefixtures("sandbox_server")
async def test_a_client_uses_credit_on_an_invoice(portal: _Portal) -> None:
    page = f"/portal/{portal.token}/{portal.numbers[0]}"
    shown = await portal.get(page)
    assert "You have €30.00." in text_of(shown)
    assert "Use €30.00 on this invoice" in text_of(shown)
    for _ in range(2):
        answer = await portal.post("credit", portal.numbers[0])
        assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (await figures(portal.seller, portal.ids[0]))[1] == "30.00"
    assert "on this invoice" not in text_of(await portal.get(page))
    for numbers in ((), portal.numbers):
        assert (await portal.post("credit", *numbers)).status_code == 400
