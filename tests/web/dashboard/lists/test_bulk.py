"""What is done with the selected rows of a list."""

import re
from collections.abc import Mapping, Sequence
from html import unescape

import httpx

from models import EmailDelivery, Invoice, User
from tests.support.clients import Business
from tests.support.staff import INVOICES, Browser, token_in

_SELECTED = f"{INVOICES}/selected"


async def _post(
    staff_client: Browser, path: str, fields: Mapping[str, str | Sequence[str]]
) -> httpx.Response:
    token = token_in((await staff_client.get(INVOICES)).text)
    return await staff_client.http.post(path, data={"form_token": token, **fields})


def _hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]+)">', page)


def _text(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0]
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


async def test_sending_is_confirmed_in_figures_and_each_invoice_has_a_result(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    ada = await business.make_customer(name="Ada", email="ada@example.com")
    ids = [await business.make_invoice(customerId=ada), await business.make_draft(customerId=ada)]
    cancelled = await business.make_invoice(number="GONE")
    await business.mutate("cancelInvoice", "InvoiceRef", "{ __typename }", invoiceId=cancelled)
    form = {"do": "send", "id": [*ids, cancelled, await rival.make_invoice()]}
    page = (await _post(staff_client, _SELECTED, form)).text
    text = _text(page)
    assert (
        "Send 2 invoices? 2 e-mails go to 1 customer, with €200.00 due in total. 1 draft gets its"
        " final number" in text
    )
    assert "1 skipped" in text
    assert "This invoice is cancelled, so it can't be sent." in text
    assert not await EmailDelivery.exists(company_id=business.company_id)
    confirmed = {"do": "send", "key": _hidden(page, "key"), "id": _hidden(page, "id")}
    for _ in range(2):  # as when the page is loaded again
        result = (await _post(staff_client, _SELECTED, confirmed)).text
        assert "2 of 3 sent" in _text(result)
        assert await EmailDelivery.filter(company_id=business.company_id).count() == 2
    undone = await _post(
        staff_client, f"{_SELECTED}/undo", {"delivery": _hidden(result, "delivery")}
    )
    assert "0 of 2 sent" in _text(undone.text)
    states = await EmailDelivery.filter(company_id=business.company_id).values_list("status")
    assert states == [("CANCELLED",), ("CANCELLED",)]


async def test_quotes_and_credit_notes_are_sent_and_stopped_like_invoices(
    staff_client: Browser, business: Business
) -> None:
    ada = await business.make_customer(name="Ada", email="ada@example.com")
    quotes = [await business.make_quote(customerId=ada) for _ in range(2)]
    notes = [await business.make_credit_note(ada, amount) for amount in ("5.00", "7.00")]
    for path, ids, question in (
        ("/dashboard/quotes", quotes, "Send 2 quotes? 2 e-mails go to 1 customer, for a total of"),
        ("/dashboard/credit-notes", notes, "Send 2 credit notes? 2 e-mails go to 1 customer"),
    ):
        asked = (await _post(staff_client, f"{path}/selected", {"do": "send", "id": ids})).text
        assert question in _text(asked)
        confirmed = {"do": "send", "key": _hidden(asked, "key"), "id": ids}
        result = (await _post(staff_client, f"{path}/selected", confirmed)).text
        assert "2 of 2 sent" in _text(result)
        assert f'href="{path}/{ids[0]}"' in result
        stopped = {"delivery": _hidden(result, "delivery")}
        undone = (await _post(staff_client, f"{path}/selected/undo", stopped)).text
        assert "0 of 2 sent" in _text(undone)
    rows = await EmailDelivery.filter(company_id=business.company_id, status="CANCELLED")
    assert sorted(row.kind for row in rows) == ["CREDIT_NOTE"] * 2 + ["QUOTE"] * 2


async def test_all_that_match_are_reminded_and_no_more(
    staff_client: Browser, business: Business
) -> None:
    late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31"}
    overdue = await business.make_invoice(**late)
    await business.make_invoice()
    form = {"do": "remind", "all": "yes", "status": "overdue"}
    page = (await _post(staff_client, _SELECTED, form)).text
    assert "Send 1 reminder? 1 e-mail goes to 1 customer, with €100.00 due in total." in _text(page)
    assert _hidden(page, "id") == [overdue]


async def test_files_of_what_is_selected_are_downloaded(
    staff_client: Browser, business: Business
) -> None:
    ids = [await business.make_invoice() for _ in range(2)]
    response = await _post(staff_client, _SELECTED, {"do": "csv", "id": ids})
    assert response.headers["location"] == f"/invoices.csv?id={ids[0]}&id={ids[1]}"
    form = {"do": "pdfs", "all": "yes", "status": "paid", "q": "Zoë"}
    response = await _post(staff_client, _SELECTED, form)
    assert response.headers["location"] == "/invoices.zip?q=Zo%C3%AB&status=paid"
    quotes = await _post(staff_client, "/dashboard/quotes/selected", {"do": "csv", "id": ids[:1]})
    assert quotes.headers["location"] == f"/quotes.csv?id={ids[0]}"


async def test_nothing_selected_and_what_is_no_row_are_refused(
    staff_client: Browser, business: Business
) -> None:
    draft = await business.make_draft()
    for form in (
        {"do": "send"},
        {"do": "csv"},
        {"do": "send", "id": "nonsense"},
        {"do": "send", "all": "yes", "from": "soon"},
        {"do": "explode", "id": draft},
    ):
        assert (await _post(staff_client, _SELECTED, form)).status_code == 400
    response = await _post(
        staff_client, "/dashboard/quotes/selected", {"do": "remind", "id": draft}
    )
    assert response.status_code == 400
    assert (await Invoice.get(id=draft)).number is None


async def test_who_may_only_view_sends_nothing(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    page = (await staff_client.get(INVOICES)).text
    assert 'value="csv"' in page
    assert 'value="send"' not in page
    response = await _post(staff_client, _SELECTED, {"do": "send", "id": invoice_id})
    assert response.status_code == 403
