"""Corrections of payments, credit and amounts due, as callers of the API make them."""

from typing import Any, Final

from tests.support.clients import Business, GraphQLFailed

_INVOICE: Final = (
    "{ invoice { status amountPaid { amount } amountWrittenOff { amount } amountDue { amount } } }"
)
_NOTE: Final = "{ creditNote { status remaining { amount } paidOut { amount } } }"
_OF_INVOICES: Final = {
    "recordPayment",
    "reversePayment",
    "refundPayment",
    "writeOff",
    "reverseWriteOff",
}
Figures = tuple[str, ...]
"""An invoice's status and its paid, written-off and due amounts, or a credit note's status and its
remaining and paid-out amounts."""


async def correct(business: Business, mutation: str, **input: object) -> Figures:
    """Run a mutation, and return the figures of the document afterwards."""
    input_type = f"{mutation[0].upper()}{mutation[1:]}Input"
    selection = _INVOICE if mutation in _OF_INVOICES else _NOTE
    payload = await business.mutate(mutation, input_type, selection, **input)
    [document] = payload.values()
    return _figures(document)


async def refusal(business: Business, mutation: str, **input: object) -> tuple[str, str | None]:
    """Return the code and the field with which a mutation is refused."""
    failure = await refused(business, mutation, **input)
    return failure.code, failure.field


async def refused(business: Business, mutation: str, **input: object) -> GraphQLFailed:
    """Return the error of a mutation, which must fail."""
    try:
        await correct(business, mutation, **input)
    except GraphQLFailed as failure:
        return failure
    raise AssertionError("not refused")


async def invoice_figures(business: Business, invoice_id: str) -> Figures:
    """Return an invoice's status and its paid, written-off and due amounts."""
    selection = _INVOICE.removeprefix("{ invoice {").removesuffix("} }")
    return _figures(await business.invoice(invoice_id, selection))


async def note_figures(business: Business, note_id: str) -> Figures:
    """Return a credit note's status and its remaining and paid-out amounts."""
    query = f"query($id: ID!) {{ company {_NOTE.replace('creditNote', 'creditNote(id: $id)')} }}"
    return _figures((await business.gql(query, id=note_id))["company"]["creditNote"])


async def history(business: Business, invoice_id: str) -> list[tuple[Any, ...]]:
    """Return kind, amount, actor and reason of each entry of an invoice's history."""
    selection = "history { kind amount { amount } actor reason }"
    entries = (await business.invoice(invoice_id, selection))["history"]
    return [(e["kind"], e["amount"]["amount"], e["actor"], e["reason"]) for e in entries]


async def payment_ids(business: Business, invoice_id: str) -> list[str]:
    """Return the ids of an invoice's payments, oldest first."""
    payments = (await business.invoice(invoice_id, "payments { id }"))["payments"]
    return [payment["id"] for payment in payments]


def _figures(document: dict[str, Any]) -> Figures:
    status, *amounts = document.values()
    return (status, *(amount["amount"] for amount in amounts))
