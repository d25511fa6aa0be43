"""Paying on the pages: the form, refusals, and the result."""

import re
from html import unescape
from typing import Any, Final
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import pytest

from dev.stripe_sandbox.faults import Fault, FaultKind
from i18n.translations import available_languages, translations_for
from integrations.stripe.client import StripeClient
from integrations.stripe.webhook_payloads import SessionReport
from models import Checkout, Company, Customer, Invoice, InvoiceView, Plan, ViewSource
from services.checkout import checkouts
from services.checkout.stripe_sessions import retrieve
from tests.support.clients import Business, eventually, fingerprint
from tests.support.sql_statements import statements
from tests.support.stripe_sandbox import SandboxServer
from web.http.middleware import HEADERS

_PARTIAL: Final[dict[str, object]] = {"allowPartialPayment": True, "minimumPayment": "20"}
_SESSIONS: Final = "/v1/checkout/sessions"


def text_of(page: httpx.Response) -> str:
    """Return the text of a page."""
    return " ".join(
        unescape(re.sub(r"<[^>]*>", " ", re.split("<body[^>]*>", page.text)[1])).split()
    )


async def _get(seller: Business, path: str) -> httpx.Response:
    """Return the page at a path. A client who returns from Stripe is redirected to it."""
    answer = await seller.http.get(path, headers=seller.stranger.headers)
    if answer.status_code != 303:
        return answer
    location = urlsplit(answer.headers["location"])
    return await _get(seller, f"{location.path}?{location.query}")


async def _post(seller: Business, path: str, *amounts: str) -> httpx.Response:
    """Send the form, with one field for each of `amounts`."""
    form = {"amount": list(amounts)}
    return await seller.http.post(path, data=form, headers=seller.stranger.headers)


async def _shared(seller: Business, **details: object) -> tuple[str, str]:
    """Return the id of a new invoice over 100, and the path of its page."""
    invoice_id = await seller.make_invoice(**details)
    return invoice_id, f"/invoice/{await seller.share(invoice_id)}"


async def _amounts(invoice_id: str) -> list[int]:
    """Return the amounts of the invoice's checkouts in minor units, the oldest first."""
    rows = await Checkout.filter(shares__invoice_id=invoice_id).order_by("created_at")
    return [row.amount for row in rows]


def _session(sandbox_server: SandboxServer, location: str) -> Any:
    """Return the session whose page has this address."""
    assert location.startswith(f"{sandbox_server.url}/pay/cs_")
    return sandbox_server.sandbox.session(location.rpartition("/")[2])


def _return_path(session: Any) -> str:
    """Return where its client returns after paying, without the origin."""
    parts = urlsplit(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    return f"{parts.path}?{parts.query}"


async def _open(
    sandbox_server: SandboxServer, seller: Business, *amounts: str, **details: object
) -> tuple[str, Any]:
    """Return the id of a new invoice over 100, and a session opened from its page."""
    invoice_id, path = await _shared(seller, **details)
    answer = await _post(seller, f"{path}/checkout", *amounts)
    assert answer.status_code == 303, text_of(answer)
    return invoice_id, _session(sandbox_server, answer.headers["location"])


def _invoice_of(page: httpx.Response) -> str:
    """Return the path of the invoice that a result leads to."""
    link = re.search(r'<a class="button" href="(/invoice/[^"]*)">See the invoice</a>', page.text)
    assert link
    return link[1]


async def _only_view(invoice_id: str) -> InvoiceView:
    """Wait until the invoice has a view, and return it. There is only one."""

    async def is_recorded() -> bool:
        return await InvoiceView.exists(invoice_id=invoice_id)

    await eventually(is_recorded)
    return await InvoiceView.get(invoice_id=invoice_id)


# --- the form -------------------------------------------------------------------------------------


async def test_the_full_amount_is_paid_with_one_button(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    invoice_id, path = await _shared(seller)
    page = await _get(seller, path)
    [form] = re.findall(r'<form id="pay-all" class="if-all" ([^>]+)>', page.text)
    assert form == f'data-reports="PAY_CLICKED" method="post" action="{path}/checkout"'
    assert "Pay €100.00" in text_of(page)
    assert 'name="amount"' not in page.text
    answer = await _post(seller, f"{path}/checkout")
    assert answer.status_code == 303
    assert _session(sandbox_server, answer.headers["location"])["amount_total"] == 10000
    assert await _amounts(invoice_id) == [10000]


async def test_with_partial_payments_the_client_enters_the_amount(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL)
    page = await _get(seller, path)
    assert '<details id="pay" name="way" open>' in page.text
    assert '<label for="amount">Amount in EUR</label>' in page.text
    assert 'value="" aria-describedby="amount-hint">' in page.text
    assert "€20.00 or more. You can pay the rest later." in text_of(page)
    answer = await _post(seller, f"{path}/checkout", "40.5")
    assert _session(sandbox_server, answer.headers["location"])["amount_total"] == 4050
    assert await _amounts(invoice_id) == [4050]


async def test_a_remainder_below_the_minimum_is_paid_with_one_button(seller: Business) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL)
    await seller.pay(invoice_id, "90")
    page = await _get(seller, path)
    assert "Pay €10.00" in text_of(page)
    assert 'name="amount"' not in page.text
    assert (await _post(seller, f"{path}/checkout")).status_code == 303
    assert await _amounts(invoice_id) == [1000]


@pytest.mark.parametrize("typed", ["1234,50", "1.234,50", "1,234.50", "1234.50", " 1 234,5 "])
async def test_an_amount_is_read_however_it_is_written(seller: Business, typed: str) -> None:
    await Company.filter(id=seller.company_id).update(language="de")
    line = {"description": "Work", "quantity": "1", "unitPrice": "2000"}
    invoice_id, path = await _shared(seller, **_PARTIAL, lines=[line])
    assert (await _post(seller, f"{path}/checkout", typed)).status_code == 303
    assert await _amounts(invoice_id) == [123450]


async def test_the_policy_of_a_page_with_a_form_allows_stripe(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, path = await _shared(seller, **_PARTIAL)
    refused = await _post(seller, f"{path}/checkout", "1")
    for page in (await _get(seller, path), refused):
        assert page.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
            " connect-src 'self'; base-uri 'none';"
            f" form-action 'self' https://checkout.stripe.com {sandbox_server.url};"
            " frame-ancestors 'none'"
        )


async def test_scripts_and_styles_are_our_own_files(seller: Business) -> None:
    _, path = await _shared(seller, **_PARTIAL)
    for page in (await _get(seller, path), await _post(seller, f"{path}/checkout", "1")):
        loaded = re.findall(r"<script([^>]*)>([^<]*)</script>", page.text)
        for attributes, content in loaded:
            assert re.fullmatch(r' type="module" src="/static/[0-9a-f]{12}/\w+\.js"', attributes)
            assert content == ""
        assert len(loaded) == page.text.count("<script") == 3
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert "http-equiv" not in page.text
        assert "set-cookie" not in page.headers


@pytest.mark.parametrize("change", ["plan", "account", "cancelled", "paid"])
async def test_an_invoice_that_cannot_be_paid_has_no_form(seller: Business, change: str) -> None:
    invoice_id, path = await _shared(seller)
    company = Company.filter(id=seller.company_id)
    if change == "plan":
        await company.update(plan=Plan.FREE)
    elif change == "account":
        await company.update(stripe_account=None, charges_enabled=False)
    elif change == "paid":
        await seller.pay(invoice_id, "100")
    else:
        await seller.mutate(
            "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id
        )
    page = await _get(seller, path)
    assert page.status_code == 200
    assert "Pay" not in text_of(page).replace("Paid", "").replace("Payments", "")
    assert "form-action 'self';" in page.headers["content-security-policy"]
    refused = await _post(seller, f"{path}/checkout")
    assert refused.status_code == 409
    assert "Online payment isn't available right now. You weren't charged." in text_of(refused)
    assert 'id="pay-all"' not in refused.text
    assert await _amounts(invoice_id) == []


async def test_a_pending_payment_is_shown(seller: Business) -> None:
    invoice_id, path = await _shared(seller)
    assert "On its way" not in text_of(await _get(seller, path))
    await Invoice.filter(id=invoice_id).update(amount_pending=4000)
    text = text_of(await _get(seller, path))
    assert "€40.00 is on its way." in text
    assert "On its way \N{MINUS SIGN}€40.00 Amount due €60.00" in text
    assert "Pay €60.00" in text


@pytest.mark.parametrize("language", available_languages())
async def test_the_form_is_in_the_clients_language(seller: Business, language: str) -> None:
    await Company.filter(id=seller.company_id).update(language=language)
    _, path = await _shared(seller, **_PARTIAL)
    page = await _post(seller, f"{path}/checkout", "1")
    gettext = translations_for(language).gettext
    for text in (
        "Pay online",
        "Part of it",
        "Pay this amount",
        "You enter your details on Stripe's secure payment page.",
    ):
        assert gettext(text) in text_of(page)
    assert gettext("The smallest amount is %(amount)s.").partition("%")[0] in text_of(page)
    assert language == "en" or "Pay online" not in text_of(page)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("19.99", "The smallest amount is €20.00."),
        ("0", "The smallest amount is €20.00."),
        ("99.60", "Pay all of it, or leave at least €0.50."),
        ("100.01", "The largest amount is €100.00."),
        ("", "Enter an amount in EUR, like 100.00."),
        ("a lot", "Enter an amount in EUR, like 100.00."),
        ("-20", "Enter an amount in EUR, like 100.00."),
        ("40.505", "Enter an amount in EUR, like 100.00."),
        ('"><b>', "Enter an amount in EUR, like 100.00."),
        ("9" * 40, "Enter an amount in EUR, like 100.00."),
    ],
)
async def test_an_amount_that_cannot_be_paid_is_refused_at_its_field(
    seller: Business, typed: str, words: str
) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL)
    page = await _post(seller, f"{path}/checkout", typed)
    assert page.status_code == 400
    error = re.search(r'<p id="amount-error".*?<span>([^<]*)</span></p>', page.text)
    assert error
    assert unescape(error.group(1)).startswith(words)
    match = re.search(r'value="([^"]*)" aria-describedby="amount-error amount-hint"', page.text)
    assert match
    assert unescape(match.group(1)) == typed
    assert 'aria-invalid="true" autofocus>' in page.text
    assert await _amounts(invoice_id) == []


async def test_an_amount_is_read_as_in_the_documents_language(seller: Business) -> None:
    await Company.filter(id=seller.company_id).update(language="de")
    line = {"description": "Work", "quantity": "1", "unitPrice": "2000"}
    invoice_id, path = await _shared(seller, **_PARTIAL, lines=[line])
    assert (await _post(seller, f"{path}/checkout", "1.234")).status_code == 303
    assert await _amounts(invoice_id) == [123400]


async def test_an_amount_that_could_be_meant_a_thousand_times_smaller_is_refused(
    seller: Business,
) -> None:
    await Company.filter(id=seller.company_id).update(language="de")
    line = {"description": "Work", "quantity": "1", "unitPrice": "2000"}
    invoice_id, path = await _shared(seller, **_PARTIAL, currency="KWD", lines=[line])
    assert (await _post(seller, f"{path}/checkout", "1.230")).status_code == 400
    assert await _amounts(invoice_id) == []
    assert (await _post(seller, f"{path}/checkout", "1.230,000")).status_code == 303
    assert await _amounts(invoice_id) == [1_230_000]


async def test_an_amount_between_stripes_steps_is_refused(seller: Business) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL, currency="KWD")
    page = await _post(seller, f"{path}/checkout", "50.005")
    assert page.status_code == 400
    assert "Round it to a multiple of KWD 0.010." in text_of(page)
    assert await _amounts(invoice_id) == []


async def test_an_amount_that_stripe_finds_too_small_is_refused(seller: Business) -> None:
    line = {"description": "Work", "quantity": "1", "unitPrice": "0.30"}
    _, path = await _shared(seller, lines=[line])
    page = await _post(seller, f"{path}/checkout")
    assert page.status_code == 400
    assert "This is too little for an online payment." in text_of(page)


async def test_the_page_reports_a_failure_of_stripe(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, path = await _shared(seller)
    sandbox_server.sandbox.faults.arm(Fault(_SESSIONS, FaultKind.ERROR, times=20))
    try:
        page = await _post(seller, f"{path}/checkout")
    finally:
        sandbox_server.sandbox.faults.clear()
    assert page.status_code == 502
    assert 'class="notice is-bad" role="alert" tabindex="-1" autofocus>' in page.text
    assert f'href="{path}?lang=de"' in page.text  # the form's own address can't be opened
    assert "Stripe isn't answering. You weren't charged." in text_of(page)
    assert "Pay €100.00" in text_of(page)
    assert (await _post(seller, f"{path}/checkout")).status_code == 303


async def test_a_refusal_by_stripe_is_not_called_a_failure(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, path = await _shared(seller)
    account = (await Company.get(id=seller.company_id)).stripe_account
    assert account is not None
    sandbox_server.sandbox.store.get("account", account)["charges_enabled"] = False
    page = await _post(seller, f"{path}/checkout")
    assert page.status_code == 409
    assert "You weren't charged." in text_of(page)
    assert "Please use bank transfer." not in text_of(page)  # there are no bank details
    assert "Stripe isn't answering" not in text_of(page)
    await Company.filter(id=seller.company_id).update(iban="DE28999000000012345678")
    _, path = await _shared(seller)
    page = await _post(seller, f"{path}/checkout")
    assert "You weren't charged. Please use bank transfer." in text_of(page)


async def test_too_many_checkouts_are_refused_with_the_time_to_wait(seller: Business) -> None:
    _, path = await _shared(seller, **_PARTIAL)
    for _ in range(5):
        assert (await _post(seller, f"{path}/checkout", "40")).status_code == 303
    page = await _post(seller, f"{path}/checkout", "41")
    assert page.status_code == 429
    assert 0 < int(page.headers["retry-after"]) <= 60
    assert "There were many attempts in a short while." in text_of(page)
    assert 'value="41"' in page.text


async def test_the_page_reports_that_others_are_about_to_pay(
    seller: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await _shared(seller, **_PARTIAL)
    monkeypatch.setattr(checkouts, "_MAX_ATTEMPTS", 0)
    page = await _post(seller, f"{path}/checkout", "41")
    assert page.status_code == 409
    assert "Someone else is about to pay this invoice." in text_of(page)
    assert "Please try again in a few minutes." in text_of(page)
    assert 'value="41"' in page.text


@pytest.mark.parametrize(
    "kind", ["unknown", "revoked", "portal", "kind", "number", "draft", "foreign"]
)
async def test_a_revoked_link_cannot_be_paid_and_looks_unknown(seller: Business, kind: str) -> None:
    token = uuid4()
    path = f"/invoice/{token}"
    if kind == "revoked":
        invoice_id, path = await _shared(seller)
        await seller.revoke(invoice_id)
    elif kind == "portal":
        path = f"/portal/{token}/7"
    elif kind == "kind":
        path = f"/invoice/{await seller.share_portal(await seller.make_customer())}"
    elif kind in {"number", "draft", "foreign"}:
        customer_id = await seller.make_customer()
        path = f"/portal/{await seller.share_portal(customer_id)}/7"
        if kind == "draft":
            await seller.make_draft(customerId=customer_id, number="7")
        elif kind == "foreign":
            await seller.make_invoice(number="7")
    answer = await _post(seller, f"{path}/checkout")
    assert answer.status_code == 404
    unknown = await _post(seller, f"/invoice/{uuid4()}/checkout")
    assert fingerprint(answer) == fingerprint(unknown)
    assert not await Checkout.exists(company_id=seller.company_id)


async def test_an_invalid_form_is_refused(seller: Business) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL)
    assert (await _post(seller, f"{path}/checkout", "40", "50")).status_code == 400
    assert (await _post(seller, f"{path}/checkout", "4" * 5000)).status_code == 413
    files = {"amount": ("amount.txt", b"40")}
    sent = await seller.http.post(f"{path}/checkout", files=files, headers=seller.stranger.headers)
    assert sent.status_code == 400
    assert await _amounts(invoice_id) == []


async def test_only_a_post_opens_a_session(seller: Business) -> None:
    invoice_id, path = await _shared(seller)
    answer = await _get(seller, f"{path}/checkout")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert await _amounts(invoice_id) == []


async def test_paying_looks_the_token_up_once(seller: Business) -> None:
    invoice_id, path = await _shared(seller)
    await _post(seller, f"{path}/checkout")
    with statements() as queries:
        assert (await _post(seller, f"{path}/checkout")).status_code == 303
    token = path.rpartition("/")[2]
    assert len([query for query in queries if token in query]) == 1
    [checkout] = await Checkout.filter(shares__invoice_id=invoice_id)
    with statements() as queries:
        page = await _get(seller, f"{path}?payment=success&session_id={checkout.session_id}")
    assert page.status_code == 200
    assert len([query for query in queries if token in query]) == 1


async def test_opening_a_checkout_is_not_a_view(seller: Business) -> None:
    invoice_id, path = await _shared(seller, **_PARTIAL)
    assert (await _post(seller, f"{path}/checkout", "1")).status_code == 400
    assert (await _post(seller, f"{path}/checkout", "40")).status_code == 303
    await _get(seller, f"{path}?source=email")
    assert (await _only_view(invoice_id)).source is ViewSource.EMAIL


# --- the portal -----------------------------------------------------------------------------------


async def test_each_invoice_in_the_list_has_its_own_button(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    await seller.make_invoice(customerId=customer_id, number="a/b")
    await seller.make_invoice(customerId=customer_id, number="part", **_PARTIAL)
    done = await seller.make_invoice(customerId=customer_id, number="done")
    await seller.pay(done, "100")
    page = await _get(seller, f"/portal/{token}")
    assert re.findall(r'<form method="post" action="([^"]*)">', page.text) == [
        f"/portal/{token}/a%2Fb/checkout"
    ]
    button = '<button class="small" id="pay-2" aria-labelledby="pay-2 invoice-2">Pay</button>'
    assert button in page.text
    link = f'href="http://127.0.0.1:8000/portal/{token}/part#pay" aria-labelledby="pay-1 invoice-1"'
    assert link in page.text
    assert page.text.count(">Pay<") == 3  # the column's head, a button and a link
    assert sandbox_server.url in page.headers["content-security-policy"]
    answer = await _post(seller, f"/portal/{token}/a%2Fb/checkout")
    session = _session(sandbox_server, answer.headers["location"])
    page = await _get(seller, _return_path(session))
    assert str(page.url).partition("&")[0].endswith(f"/portal/{token}/a%2Fb?payment=success")


async def test_a_list_without_payable_invoices_has_no_payment_column(seller: Business) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    done = await seller.make_invoice(customerId=customer_id)
    await seller.pay(done, "100")
    page = await _get(seller, f"/portal/{token}")
    assert 'scope="col">Pay<' not in page.text
    assert page.headers["content-security-policy"] == HEADERS["content-security-policy"]


async def test_the_list_shows_pending_payments(seller: Business) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    invoice_id = await seller.make_invoice(customerId=customer_id)
    await Invoice.filter(id=invoice_id).update(amount_pending=10000)
    page = await _get(seller, f"/portal/{token}")
    assert "€100.00 On its way: €100.00" in text_of(page)
    assert 'method="post"' not in page.text


@pytest.mark.parametrize("number", ["a", "a/checkout", "checkout", "7 %", "請求書/7"])
async def test_an_invoice_number_may_end_like_the_forms_path(
    sandbox_server: SandboxServer, seller: Business, number: str
) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    for each in {"a", "a/checkout", number}:
        await seller.make_invoice(customerId=customer_id, number=each)
    path = f"/portal/{token}/{quote(number, safe='')}"
    for variant in {path, path.replace("%2F", "/")}:
        page = await _get(seller, variant)
        assert (page.status_code, f"Invoice {number}" in text_of(page)) == (200, True)
        assert f'action="{path}/checkout"' in page.text
        answer = await _post(seller, f"{variant}/checkout")
        session = _session(sandbox_server, answer.headers["location"])
        assert session["metadata"]["invoice"] == number


async def test_a_refusal_in_the_portal_shows_the_portals_page(seller: Business) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    await seller.make_invoice(customerId=customer_id, number="7", **_PARTIAL)
    page = await _post(seller, f"/portal/{token}/7/checkout", "1")
    assert page.status_code == 400
    assert f'<a href="http://127.0.0.1:8000/portal/{token}"><svg' in page.text
    assert "The smallest amount is €20.00." in text_of(page)


# --- returning from Stripe ------------------------------------------------------------------------


async def test_a_full_payment_is_confirmed(sandbox_server: SandboxServer, seller: Business) -> None:
    invoice_id, session = await _open(sandbox_server, seller)
    sandbox_server.sandbox.pay(session["id"])
    page = await _get(seller, _return_path(session))
    text = text_of(page)
    assert page.status_code == 200
    assert "Thank you. We received €100.00." in text
    assert "Left to pay" not in text
    assert "<form" not in page.text
    own = await _get(seller, _invoice_of(page))
    assert "Paid Thank you. We received your payment on" in text_of(own)
    assert (await Invoice.get(id=invoice_id)).amount_paid == 10000


async def test_a_partial_payment_is_confirmed_with_what_remains(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller, "40", **_PARTIAL)
    sandbox_server.sandbox.pay(session["id"])
    page = await _get(seller, _return_path(session))
    assert "Thank you. We received €40.00." in text_of(page)
    assert "Left to pay €60.00" in text_of(page)


async def test_a_delayed_payment_is_shown_as_pending(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    sandbox_server.sandbox.pay_late(session["id"])
    page = await _get(seller, _return_path(session))
    assert "Thank you. €100.00 is on its way." in text_of(page)
    own = await _get(seller, _invoice_of(page))
    assert "On its way: €100.00 Payment on its way" in text_of(own)
    assert 'id="pay-all"' not in page.text + own.text


async def test_a_failed_payment_can_be_tried_again(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    sandbox_server.sandbox.pay_late(session["id"])
    sandbox_server.sandbox.fail(session["id"])
    page = await _get(seller, _return_path(session))
    assert "Payment failed Your bank returned the payment from" in text_of(page)
    assert "Nothing was taken. Please pay again." in text_of(page)
    assert "You left without paying" not in text_of(page)
    assert "Pay €100.00" in text_of(page)


async def test_the_page_waits_for_stripes_report(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    back = _return_path(session)
    page = await _get(seller, back)
    assert "Confirming your payment of €100.00 …" in text_of(page)
    match = re.search(r'<a class="button main" href="([^"]*)">Check again</a>', page.text)
    assert match
    again = unescape(match.group(1))
    assert back.endswith(again)
    assert "<form" not in page.text
    sandbox_server.sandbox.pay(session["id"])
    page = await _get(seller, f"{back.partition('?')[0]}{again}")
    assert "We received €100.00." in text_of(page)


async def test_a_waiting_page_reloads_itself_a_limited_number_of_times(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    path, _, query = _return_path(session).partition("?")
    pauses, target = [], f"?{query}"
    for looks in range(1, 8):
        refresh = (await _get(seller, path + target)).headers["refresh"]
        pause, _, target = refresh.partition("; url=")
        pauses.append(int(pause))
        assert target == f"?{query}&looks={looks}"
    assert pauses == [2, 3, 5, 8, 13, 21, 34]
    for end in (target, f"?{query}&looks=7"):
        page = await _get(seller, path + end)
        assert "refresh" not in page.headers
        assert "Check again" in text_of(page)
        assert "updates itself" not in text_of(page)


@pytest.mark.parametrize("looks", ["", "-1", "٣", "8", "x" * 999, "1&looks=2"])
async def test_an_invalid_reload_count_starts_over(
    sandbox_server: SandboxServer, seller: Business, looks: str
) -> None:
    _, session = await _open(sandbox_server, seller)
    page = await _get(seller, f"{_return_path(session)}&looks={looks}")
    assert page.status_code == 200
    assert int(page.headers["refresh"].partition(";")[0]) in {2, 5}


async def test_a_settled_checkout_is_not_requested_from_stripe_again(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    for settle in (sandbox_server.sandbox.pay_late, sandbox_server.sandbox.succeed):
        settle(session["id"])
        assert "refresh" not in (await _get(seller, _return_path(session))).headers


async def test_cancelling_shows_that_nothing_was_charged(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    invoice_id, session = await _open(sandbox_server, seller)
    url = urlsplit(session["cancel_url"])
    page = await _get(seller, f"{url.path}?{url.query}")
    assert "You left without paying. Nothing was charged." in text_of(page)
    assert "Pay €100.00" in text_of(page)
    assert (await _only_view(invoice_id)).source is ViewSource.LINK
    await seller.pay(invoice_id, "100")
    assert "cancelled" not in text_of(await _get(seller, f"{url.path}?{url.query}"))


async def test_cancelling_keeps_the_part_that_was_typed(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller, "40.5", **_PARTIAL)
    url = urlsplit(session["cancel_url"])
    page = await _get(seller, f"{url.path}?{url.query}")
    assert 'value="40.50" aria-describedby="amount-hint">' in page.text
    assert '<input type="radio" name="how" value="part" checked>' in page.text
    [path] = re.findall(r'<form id="pay-all" [^>]*action="([^"]*)/checkout">', page.text)
    for amount in ("10000", "999999", "0", "-1", "4e3", "٤٠", "x"):
        page = await _get(seller, f"{path}?payment=cancelled&amount={amount}")
        assert '<input type="radio" name="how" value="all" checked>' in page.text


async def test_an_expired_session_shows_that_nothing_was_charged(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    sandbox_server.sandbox.expire(session["id"])
    page = await _get(seller, _return_path(session))
    assert "You left without paying. Nothing was charged." in text_of(page)
    assert "Pay €100.00" in text_of(page)


@pytest.mark.parametrize(
    "session_id", ["cs_unknown", "", "{CHECKOUT_SESSION_ID}", "%00", "x" * 999]
)
async def test_an_unknown_session_shows_only_the_invoice(seller: Business, session_id: str) -> None:
    invoice_id, path = await _shared(seller)
    page = await _get(seller, f"{path}?payment=success&session_id={session_id}")
    assert page.status_code == 200
    assert 'class="notice' not in page.text
    assert (await _only_view(invoice_id)).source is ViewSource.LINK


async def test_another_invoices_session_shows_only_the_invoice(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    _, session = await _open(sandbox_server, seller)
    sandbox_server.sandbox.pay(session["id"])
    invoice_id, path = await _shared(seller)
    page = await _get(seller, f"{path}?{_return_path(session).partition('?')[2]}")
    assert "received" not in text_of(page)
    assert "Pay €100.00" in text_of(page)
    assert (await Invoice.get(id=invoice_id)).amount_paid == 0


async def test_a_link_that_is_revoked_while_stripe_is_asked_shows_nothing(
    sandbox_server: SandboxServer, seller: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice_id, session = await _open(sandbox_server, seller)

    async def revoke_and_retrieve(stripe: StripeClient, checkout: Checkout) -> SessionReport:
        await seller.revoke(invoice_id)
        return await retrieve(stripe, checkout)

    monkeypatch.setattr("services.checkout.checkouts.retrieve", revoke_and_retrieve)
    page = await _get(seller, _return_path(session))
    assert page.status_code == 404
    assert "INV-" not in page.text


async def test_returning_from_stripe_is_not_a_view(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    customer_id = await seller.make_customer()
    token = await seller.share_portal(customer_id)
    invoice_id = await seller.make_invoice(customerId=customer_id, number="7")
    answer = await _post(seller, f"/portal/{token}/7/checkout")
    session = _session(sandbox_server, answer.headers["location"])
    sandbox_server.sandbox.pay(session["id"])
    page = await _get(seller, _return_path(session))
    assert "We received €100.00." in text_of(page)
    await _get(seller, f"/invoice/{await seller.share(invoice_id)}?source=email")
    assert (await _only_view(invoice_id)).source is ViewSource.EMAIL


async def test_the_result_is_in_the_clients_language(
    sandbox_server: SandboxServer, seller: Business
) -> None:
    customer_id = await seller.make_customer()
    await Customer.filter(id=customer_id).update(language="ar")
    _, session = await _open(sandbox_server, seller, customerId=customer_id)
    sandbox_server.sandbox.pay(session["id"])
    page = await _get(seller, _return_path(session))
    thanks = translations_for("ar").gettext("Thank you. We received %(amount)s.").partition("%")[0]
    assert thanks in text_of(page)
    assert 'dir="rtl"' in page.text
