"""Errors in the language that is asked for, or else in the document's."""

from typing import Any, Final
from uuid import uuid4

import pytest

from errors import BadInput, Text
from i18n.error_messages import in_language, worded
from models.money import Minor, Money
from tests.support.clients import Business, Caller
from tests.support.subscribers import websocket

PAY: Final = "mutation($i: CheckoutInput!) { checkout(input: $i) { url } }"
CREATE: Final = (
    "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } } }"
)
FOLLOW: Final = "subscription { viewedInvoice { cursor } }"


async def error_of(
    caller: Caller, query: str, headers: dict[str, str], /, **variables: object
) -> dict[str, Any]:
    """Return the error of an operation that is sent with `headers`."""
    body = {"query": query, "variables": variables}
    response = await caller.http.post("/graphql", json=body, headers=caller.headers | headers)
    [error] = response.json()["errors"]
    found: dict[str, Any] = error
    return found


async def test_staff_get_all_messages_in_the_language_that_they_ask_for(
    business: Business,
) -> None:
    wrong = {"name": "", "email": "ada"}
    error = await error_of(business, CREATE, {"accept-language": "de-AT,en;q=0.5"}, i=wrong)
    assert error["message"] == "Das ist erforderlich."
    assert [entry["message"] for entry in error["extensions"]["errors"]] == [
        "Das ist erforderlich.",
        "Geben Sie eine gültige E-Mail-Adresse ein, zum Beispiel ada@example.com.",
    ]


@pytest.mark.parametrize("headers", [{}, {"accept-language": "ko"}], ids=str)
async def test_staff_who_ask_for_no_language_of_ours_get_english(
    business: Business, headers: dict[str, str]
) -> None:
    error = await error_of(business, CREATE, headers, i={"name": ""})
    assert error["message"] == "This is required."


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Dieses Unternehmen nimmt keine Online-Zahlungen an."),
        ({"accept-language": "*"}, "Dieses Unternehmen nimmt keine Online-Zahlungen an."),
        (
            {"accept-language": "fr"},
            "Cette entreprise n\N{RIGHT SINGLE QUOTATION MARK}accepte pas les paiements en ligne.",
        ),
        ({"accept-language": "en"}, "This business doesn't take payments online."),
    ],
    ids=str,
)
async def test_clients_get_the_language_of_the_document_unless_they_ask_for_another(
    business: Business, headers: dict[str, str], message: str
) -> None:
    customer_id = await business.make_customer(language="de")
    token = await business.share(await business.make_invoice(customerId=customer_id))
    error = await error_of(business.stranger, PAY, headers, i={"token": token})
    assert error["message"] == message


async def test_websockets_answer_in_the_language_of_their_handshake(
    business: Business, portal_url: str
) -> None:
    query = f'subscription {{ viewedInvoice(invoiceId: "{uuid4()}") {{ cursor }} }}'
    async with websocket(portal_url, str(business.secret), {"accept-language": "it"}) as socket:
        await socket.subscribe("1", query)
        await socket.until_ended()
    assert [error["message"] for error in socket.errors] == ["Non trovato."]


async def test_streams_and_plain_http_answer_in_the_language_that_is_asked_for(
    business: Business,
) -> None:
    message = "Inicie sesión o envíe una clave de API válida."
    headers = business.stranger.headers | {"accept-language": "es"}
    stream = await business.http.post(
        "/graphql", json={"query": FOLLOW}, headers=headers | {"accept": "text/event-stream"}
    )
    assert message in stream.text
    logo = await business.http.put("/company/logo", headers=headers, content=b"")
    assert logo.json()["errors"][0]["message"] == message


def test_values_are_formatted_as_the_language_does() -> None:
    text = Text("The smallest amount is %(amount)s.", amount=Money(Minor(123450), "EUR"))
    assert text == "The smallest amount is 1234.50 EUR."
    assert in_language(text, "de") == "Der kleinste Betrag ist 1.234,50\N{NO-BREAK SPACE}€."
    assert in_language(Text("Use at most %(most)s characters.", most=10000), "de") == (
        "Verwenden Sie höchstens 10.000 Zeichen."
    )


def test_a_message_without_a_translation_stays_as_it_is() -> None:
    message, _ = worded(BadInput("Made up for this."), "de")
    assert message == "Made up for this."
