"""The pages that a link opens."""

from typing import Final

from models import Company
from tests.clients import Business

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
