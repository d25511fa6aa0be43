"""What live events say, in the words of timelines."""

from datetime import UTC, datetime
from typing import Final

from models import Customer, InvoiceChange, InvoiceUpdate
from models.documents import PricedDocument
from services.activity.entries import ActivityKind, Entry, Subject, SubjectKind
from services.activity.scopes import NOUNS
from services.activity.words import words_of
from values.money import Minor, Money

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_OF_READERS: Final = {
    InvoiceChange.READ: "read",
    InvoiceChange.PDF_DOWNLOADED: "downloaded the PDF of",
    InvoiceChange.PAY_CLICKED: "chose to pay",
}


def sentence_of_view(document: PricedDocument, customer: Customer) -> str:
    """Return "Ada Lovelace opened INV-00001"."""
    return f"{customer.name} opened {document.label}"


def sentence_of_update(
    update: InvoiceUpdate, document: PricedDocument, customer: Customer, language: str
) -> str:
    """Return what happened to a document, with amounts as in `language`."""
    if verb := _OF_READERS.get(update.change):
        return f"{customer.name} {verb} {document.label}"
    if update.change is InvoiceChange.QUESTION_ANSWERED and update.subject_id:
        return f"{update.actor} answered {customer.name} about {document.label}"
    subject = Subject(type=NOUNS[document.noun], id=document.id, label=document.label)
    named = Subject(type=SubjectKind.CUSTOMER, id=customer.id, label=customer.name)
    amount = None if update.amount is None else Money(Minor(update.amount), document.currency)
    entry = Entry(
        id=f"event-{update.sequence}",
        kind=ActivityKind(update.change),
        at=_EPOCH,
        actor=update.actor,
        document=subject,
        customer=named,
        amount=amount,
    )
    return words_of(entry, language, update.at).plain_sentence
