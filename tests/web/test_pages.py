"""The pages that a link opens."""

from typing import Final

from models import Company, InvoiceView
from tests.clients import Business, eventually

_QUERY: Final = (
    "query($token: String!) { invoice(token: $token) { subtotal { formatted } total { formatted }"
    " amountDue { formatted } lines { unitPrice { formatted } amount { formatted } } } }"
)


async def test_every_amount_is_written_in_the_business_s_language(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    token = await business.share(await business.make_invoice())
    written = {"formatted": "100,00\N{NO-BREAK SPACE}€"}
    assert (await business.stranger.gql(_QUERY, token=token))["invoice"] == {
        "subtotal": written,
        "total": written,
        "amountDue": written,
        "lines": [{"unitPrice": written, "amount": written}],
    }
    page = (await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)).text
    assert page.count(written["formatted"]) == 5
    assert "€100.00" not in page


async def test_a_look_at_one_s_own_invoice_is_no_open(business: Business, rival: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    unknown = {"authorization": "Bearer inv_key_unknown"}
    lookers = (business.headers, rival.headers, business.stranger.headers | unknown)
    for headers in lookers:
        page = await business.http.get(f"/invoice/{token}", headers=headers)
        assert page.status_code == 200

    async def are_counted() -> bool:
        shown = await business.invoice(invoice_id, "viewStats { viewCount }")
        return bool(shown["viewStats"]["viewCount"] >= 2)

    await eventually(are_counted)
    views = await InvoiceView.filter(invoice_id=invoice_id).order_by("sequence")
    assert {view.ip for view in views} == {h["x-forwarded-for"] for h in lookers[1:]}
    assert len(views) == 2
