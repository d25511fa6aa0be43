"""Errors in the language that is asked for, or else in the document's."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from errors import BadInput, PortalError, Text
from i18n.error_messages import in_language, worded
from i18n.translations import available_languages
from models import CreditNoteStatus, InvoiceStatus, QuoteStatus
from services.common.status_words import status_text
from services.common.tax_ids import clean_vat_id
from tests.support.clients import Business, Caller
from tests.support.subscribers import websocket
from values.money import Minor, Money

PAY: Final = "mutation($i: CheckoutInput!) { checkout(input: $i) { url } }"
CREATE: Final = (
    "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } } }"
)
_ROOT: Final = Path(__file__).parents[2]
_IN_ENGLISH: Final = (
    "api/http_requests.py",  # the form of requests and responses, which developers see
    "auth/browser_sessions.py",  # the dashboard
    "services/administration/",  # the command line
    "services/company/companies.py",  # the command line, too
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


def test_values_that_are_texts_are_translated_with_them() -> None:
    with pytest.raises(BadInput) as refusal:
        clean_vat_id("DE136695977", "vatId", None)
    assert refusal.value.message == (
        "There is a typo in this VAT ID: its check digits are wrong. Enter one like DE136695976"
        " (Germany)."
    )
    message, _ = worded(refusal.value, "de")
    assert message.endswith("Das Muster ist DE136695976 (Deutschland).")
    text = Text("%(refusal)s Change the draft.", refusal=Text("Not found."))
    assert in_language(text, "fr") == "Introuvable. Modifiez le brouillon."


async def test_limits_are_explained_in_the_language_that_is_asked_for(business: Business) -> None:
    fields = " ".join(f"a{index}: __typename" for index in range(31))
    headers = {"accept-language": "nl"}
    error = await error_of(business, f"{{ {fields} }}", headers)
    assert error["message"] == ("De query heeft 31 aliassen en herhaalde velden. De limiet is 30.")
    large = await error_of(business, "x" * 270_000, headers)
    assert large["message"] == "De body is groter dan 256 KiB."


def test_a_message_without_a_translation_stays_as_it_is() -> None:
    message, _ = worded(BadInput("Made up for this."), "de")
    assert message == "Made up for this."


def test_each_message_that_callers_of_the_api_may_see_has_translations() -> None:
    errors = list(_descendants(PortalError))
    assert [each for each in errors if not isinstance(each.default_message, Text)] == []
    names = {error.__name__ for error in errors}
    plain = [
        f"{path.relative_to(_ROOT)}:{call.lineno}"
        for folder in ("api", "auth", "banking", "core", "schema", "services", "subscriptions")
        for path in (_ROOT / folder).rglob("*.py")
        if not str(path.relative_to(_ROOT)).startswith(_IN_ENGLISH)
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in names and call.args
        if isinstance(call.args[0], ast.JoinedStr | ast.Constant)
    ]
    assert plain == []


def _descendants(error: type[PortalError]) -> Iterator[type[PortalError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)


@pytest.mark.parametrize("status", [*InvoiceStatus, *QuoteStatus, *CreditNoteStatus])
def test_messages_name_states_in_words_of_each_language(status: StrEnum) -> None:
    message = Text("This invoice is %(status)s, so it can't be sent.", status=status_text(status))
    texts = {in_language(message, language) for language in available_languages()}
    assert len(texts) == len(available_languages())
    assert not any(status in text for text in texts)
    assert not any(str(message.values["status"]) in text for text in texts - {str(message)})
