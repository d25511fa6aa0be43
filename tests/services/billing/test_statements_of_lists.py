"""Lists with everything about their rows take the same statements at any length."""

from datetime import timedelta
from typing import Any, Final

from graphql import get_named_type

from models import (
    Answer,
    CreditNote,
    DeliveryState,
    EmailDelivery,
    Invoice,
    InvoiceView,
    MailKind,
    Question,
    Quote,
    SubjectType,
    ViewSource,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
)
from tests.support.clients import Business
from tests.support.operations import everything_of, object_type
from tests.support.rows import NOW
from tests.support.sql_statements import statements
from tests.support.stripe_payloads import park

_REF: Final = "{ __typename }"
_LEFT_OUT: Final = {
    "Customer": ("InvoiceConnection", "QuoteConnection", "CreditNoteConnection", "Question"),
    "Question": ("Customer", "Invoice", "Quote", "CreditNote"),
}
"""The types that other lists show whole, since a query can't have everything."""
_OF_QUESTION: Final = "customer { id } invoice { id } quote { id } creditNote { id }"
_LINE: Final = {"description": "Returned", "quantity": "1", "unitPrice": "10.00"}


async def _make_rows(business: Business, at: int, customer_id: str) -> None:
    """Give the business a row of each list, all with rows of their own."""
    quote_id = await business.make_quote(customerId=customer_id)
    await business.share_quote(quote_id)
    for mutation in ("acceptQuote", "invoiceQuote"):
        await business.mutate(mutation, "QuoteRef", _REF, quoteId=quote_id)
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.pay(invoice_id, "20.00")
    credit_id = await business.make_credit_note(customer_id, "5.00")
    await business.credit_note("applyCreditNote", creditNoteId=credit_id, invoiceId=invoice_id)
    note_id = await business.credit_invoice(invoice_id, lines=[_LINE])
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    about: list[dict[str, Any]] = [
        {"invoice_id": invoice_id},
        {"quote_id": quote_id},
        {"credit_note_id": note_id},
    ]
    for document in about:
        question = await Question.create(
            company_id=business.company_id, customer_id=customer_id, name="N", text="T", **document
        )
        answer = await Answer.create(
            company_id=business.company_id, question=question, author="A", text="T"
        )
        await EmailDelivery.create(
            company_id=business.company_id,
            customer_id=customer_id,
            answer=answer,
            kind=MailKind.ANSWER,
            recipient="ada@example.com",
            status=DeliveryState.SENT,
            sent_at=NOW,
        )
    # The newest questions are about one kind of document: each kind takes a statement.
    others = Question.filter(customer_id=customer_id, credit_note_id=None)
    await others.update(asked_at=NOW - timedelta(days=365))
    for model, id_ in ((Invoice, invoice_id), (Quote, quote_id), (CreditNote, note_id)):
        await model.filter(id=id_).update(has_questions=True)
    await InvoiceView.create(
        company_id=business.company_id,
        invoice_id=invoice_id,
        sequence=at,
        viewed_at=NOW,
        source=ViewSource.LINK,
    )
    await EmailDelivery.create(
        company_id=business.company_id,
        customer_id=customer_id,
        invoice_id=invoice_id,
        kind=MailKind.INVOICE,
        recipient="ada@example.com",
        status=DeliveryState.SENT,
        sent_at=NOW,
    )
    webhook = await Webhook.create(
        company_id=business.company_id,
        url=f"https://{at}.example/webhook",
        event_names="INVOICE_CANCELLED",
        secret="whsec_",
    )
    await WebhookDelivery.create(
        company_id=business.company_id,
        webhook=webhook,
        event=WebhookEvent.INVOICE_CANCELLED,
        subject_type=SubjectType.INVOICE,
        subject_id=invoice_id,
        occurred_at=NOW,
        queued_at=NOW,
        sequence=1,
        state=WebhookDeliveryState.FAILED,
    )
    await business.mutate(
        "createUser",
        "CreateUserInput",
        _REF,
        email=f"user-{at}@example.com",
        name="Ada",
        permissions=["VIEW_INVOICES"],
    )
    await business.make_key("VIEW_INVOICES")
    await park(business)


def _lists(owner: str, first: int) -> dict[str, str]:
    """Return selections of the lists with pages of a type, with everything about their nodes."""
    lists = {}
    for name, field in object_type(owner).fields.items():
        type_ = get_named_type(field.type)
        # A timeline has no length, and a test of its own.
        if "first" in field.args and "totalCount" in object_type(type_.name).fields:
            for below in ("edges", "node"):
                type_ = get_named_type(object_type(type_.name).fields[below].type)
            node = everything_of(type_.name, *_LEFT_OUT.get(type_.name, ("Question",)))
            more = _OF_QUESTION if type_.name == "Question" else ""
            if "questions" in object_type(type_.name).fields and owner != "Portal":
                more = f"questions {{ text {_OF_QUESTION} answers {{ delivery {{ id }} }} }}"
            nodes = f"edges {{ cursor node {{ {more} {node.removeprefix('{')} }}"
            lists[name] = f"{name}(first: {first}) {{ totalCount {nodes} }}"
    return lists


async def _count(business: Business, head: str, name: str, selection: str, rows: int) -> int:
    """Return how many statements it takes to load the list, which has so many rows."""
    query = f"{head} {{ {selection} }} }}"
    await business.gql(query)  # which loads what is cached
    with statements() as executed:
        data: Any = await business.gql(query)
    [owner] = data.values()
    assert len(owner[name]["edges"]) == rows, name
    return len(executed)


async def test_no_field_of_a_list_takes_a_statement_for_each_row(business: Business) -> None:
    customer_ids = [await business.make_customer() for _ in range(4)]
    for at, customer_id in enumerate([customer_ids[0], *customer_ids], start=1):
        await _make_rows(business, at, customer_id)
    token = await business.share_portal(customer_ids[0])
    for owner, head, most in (
        ("Company", "{ company", 3),
        ("Portal", f'{{ portal(token: "{token}")', 2),
    ):
        one, many = _lists(owner, 1), _lists(owner, most)
        counts = {
            name: (
                await _count(business, head, name, one[name], 1),
                await _count(business, head, name, many[name], most),
            )
            for name in one
        }
        assert {name: few for name, (few, _) in counts.items()} == {
            name: all_ for name, (_, all_) in counts.items()
        }


async def test_no_list_of_a_customer_takes_a_statement_for_each_customer(
    business: Business,
) -> None:
    for at in range(1, 4):
        await _make_rows(business, at, await business.make_customer())
    nodes = "edges { cursor node { id customer { id } lines { description } } }"
    for documents in ("invoices", "quotes", "creditNotes"):
        selection = f"{documents}(first: 2) {{ totalCount {nodes} }}"
        counts = []
        for customers in (1, 3):
            edges = f"edges {{ node {{ {selection} }} }}"
            query = f"{{ company {{ customers(first: {customers}) {{ {edges} }} }} }}"
            await business.gql(query)
            with statements() as executed:
                await business.gql(query)
            counts.append(len(executed))
        assert counts[0] == counts[1], documents
