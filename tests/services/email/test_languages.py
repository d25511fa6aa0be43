"""Clients read the customer's language, or else the company's. Staff read the company's."""

import pytest

from models import Company, Customer
from services.email.preferences import preference_for
from tests.support.clients import Business

_INVOICE = (
    "query($token: String!) { invoice(token: $token) { total { formatted }"
    " lines { unitPrice { formatted } } } }"
)
_GERMAN = "1.234,50\N{NO-BREAK SPACE}€"


async def _shared(business: Business, language: str | None = None) -> str:
    customer_id = await business.make_customer(language=language)
    line = {"description": "Work", "quantity": "1", "unitPrice": "1234.50"}
    return await business.share(await business.make_invoice(customerId=customer_id, lines=[line]))


async def _set_company_language(business: Business, language: str) -> None:
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", language=language
    )


async def _total(business: Business, token: str) -> str:
    invoice = (await business.stranger.gql(_INVOICE, token=token))["invoice"]
    formatted: str = invoice["total"]["formatted"]
    assert invoice["lines"][0]["unitPrice"]["formatted"] == formatted
    return formatted


@pytest.mark.parametrize(
    ("customer_language", "company_language", "formatted"),
    [
        (None, "en", "€1,234.50"),
        (None, "en-DE", _GERMAN),
        ("en-DE", "en", _GERMAN),
        ("en", "en-DE", "€1,234.50"),
        ("en-AT", "en-DE", "€\N{NO-BREAK SPACE}1.234,50"),
    ],
)
async def test_clients_see_money_in_the_customer_s_or_company_s_language(
    business: Business, customer_language: str | None, company_language: str, formatted: str
) -> None:
    await _set_company_language(business, company_language)
    token = await _shared(business, customer_language)
    assert await _total(business, token) == formatted


async def test_each_language_has_its_own_formats(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    german = await _shared(business)
    assert await _total(business, german) == _GERMAN
    french = await _shared(business, "fr")
    assert await _total(business, french) == "1\u202f234,50\N{NO-BREAK SPACE}€"


async def test_an_issued_invoice_stays_in_its_language(business: Business) -> None:
    token = await _shared(business)
    await Company.filter(id=business.company_id).update(language="de")
    await Customer.filter(company_id=business.company_id).update(language="fr")
    assert await _total(business, token) == "€1,234.50"


async def test_staff_see_money_in_the_company_s_language(business: Business) -> None:
    customer_id = await business.make_customer(language="fr")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.pay(invoice_id, "100")
    fields = "total { formatted } lines { amount { formatted } } payments { amount { formatted } }"
    for language, formatted in (("en", "€100.00"), ("de", "100,00\N{NO-BREAK SPACE}€")):
        await _set_company_language(business, language)
        amount = {"formatted": formatted}
        assert await business.invoice(invoice_id, fields) == {
            "total": amount,
            "lines": [{"amount": amount}],
            "payments": [{"amount": amount}],
        }


async def test_front_ends_learn_in_which_language_and_colour_to_write(business: Business) -> None:
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", accentColor="#aa3355"
    )
    customer_id = await business.make_customer(language="ar")
    invoice = await business.share(await business.make_invoice(customerId=customer_id))
    preference = await preference_for(business.company_id, "ada@example.com", "de")
    stranger, looks = business.stranger, "language direction business { name accentColor }"
    answer = await stranger.gql(
        "query($invoice: String!, $portal: String!, $token: String!) {"
        f" invoice(token: $invoice) {{ {looks} }} portal(token: $portal) {{ {looks} }}"
        f" preferences(token: $token) {{ {looks} }} }}",
        invoice=invoice,
        portal=await business.share_portal(customer_id),
        token=str(preference.token),
    )
    acme = {"name": "Acme Ltd", "accentColor": "#aa3355"}
    arabic = {"language": "ar", "direction": "rtl", "business": acme}
    german = {"language": "de", "direction": "ltr", "business": acme}
    assert answer == {"invoice": arabic, "portal": arabic, "preferences": german}
    updated = await stranger.gql(
        "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input)"
        f" {{ {looks} }} }}",
        input={"token": str(preference.token), "marketingEmails": False},
    )
    assert updated == {"updatePreferences": german}
