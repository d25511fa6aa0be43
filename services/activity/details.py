"""What the rows of timelines are about: documents, customers, payments, questions and answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, TypeVar
from uuid import UUID

from db.statements import fetch, id_of, instant_of
from models import AuditAction, DeliveryState, InvoiceChange, MailKind, ViewSource
from services.activity.entries import (
    ActivityKind,
    Email,
    Entry,
    Message,
    Opens,
    PaymentDetails,
    Subject,
    SubjectKind,
)
from services.activity.rows import Row, Source
from services.sharing.user_agents import device_name
from values.money import Minor, Money
from values.payments import PaidWith

T = TypeVar("T")

_SUBJECTS: Final = " UNION ALL ".join(
    f"SELECT '{type_}' AS type, document.id, document.number, requested_number,"
    f" document.currency, customer_id, customer.name AS customer_name, {signature} AS signed_by,"
    f" {note} AS note FROM {type_.lower()} AS document"
    f" JOIN customer ON customer.id = customer_id WHERE document.id = ANY(${place})"
    for place, (type_, signature, note) in enumerate(
        (
            (SubjectKind.INVOICE, "NULL", "NULL"),
            (SubjectKind.QUOTE, "answered_by", "answer_note"),
            (SubjectKind.CREDIT_NOTE, "NULL", "reason"),
        ),
        start=1,
    )
) + (
    f" UNION ALL SELECT '{SubjectKind.CUSTOMER}', id, NULL, NULL, NULL, id, name, NULL, NULL"
    " FROM customer WHERE id = ANY($4)"
)
"""Documents and customers by their ids, which come in the order of `SubjectKind`."""
_PAYMENTS: Final = """
    SELECT payment.id, payment.id AS payment_id, method, reference, method_type, method_brand,
        method_last4, payment_intent
    FROM payment LEFT JOIN checkout_share AS share ON share.id = payment.id
    LEFT JOIN checkout ON checkout.id = share.checkout_id WHERE payment.id = ANY($1)
    UNION ALL
    SELECT share.id, NULL, NULL, NULL, method_type, method_brand, method_last4, payment_intent
    FROM checkout_share AS share JOIN checkout ON checkout.id = share.checkout_id
    WHERE share.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM payment WHERE payment.id = share.id)
"""
_MESSAGES: Final = """
    SELECT question.id, question.id AS question_id, name AS author, text, asked_at, answered_at
    FROM question WHERE id = ANY($1)
    UNION ALL
    SELECT answer.id, question.id, author, answer.text, asked_at, question.answered_at
    FROM question_answer AS answer JOIN question ON question.id = question_id
    WHERE answer.id = ANY($1)
"""
_REFERENCES: Final = {
    "invoice_id": SubjectKind.INVOICE,
    "quote_id": SubjectKind.QUOTE,
    "credit_note_id": SubjectKind.CREDIT_NOTE,
}
_seen: Final = itemgetter(
    "first_viewed_at", "views", "reads", "downloads", "clicks", "ip", "user_agent", "source"
)
"""Reads what is known of a view, or of several that are alike."""
_ABOUT_PAYMENTS: Final = frozenset(
    {
        InvoiceChange.PAYMENT_RECEIVED,
        InvoiceChange.PAYMENT_PENDING,
        InvoiceChange.PAYMENT_FAILED,
        InvoiceChange.REFUNDED,
        InvoiceChange.DISPUTED,
        InvoiceChange.REVERSAL_RETURNED,
        InvoiceChange.PAYMENT_REVERSED,
    }
)
ACTIONS: Final[Mapping[AuditAction, tuple[ActivityKind, SubjectKind]]] = {
    AuditAction.CUSTOMER_CREATED: (ActivityKind.CREATED, SubjectKind.CUSTOMER),
    AuditAction.CUSTOMER_UPDATED: (ActivityKind.EDITED, SubjectKind.CUSTOMER),
    AuditAction.PORTAL_SHARED: (ActivityKind.SHARED, SubjectKind.CUSTOMER),
    AuditAction.PORTAL_SHARE_REVOKED: (ActivityKind.SHARE_REVOKED, SubjectKind.CUSTOMER),
    AuditAction.EMAILS_TURNED_OFF: (ActivityKind.EMAILS_TURNED_OFF, SubjectKind.CUSTOMER),
    AuditAction.INVOICE_CREATED: (ActivityKind.CREATED, SubjectKind.INVOICE),
    AuditAction.INVOICE_SHARED: (ActivityKind.SHARED, SubjectKind.INVOICE),
    AuditAction.INVOICE_SHARE_REVOKED: (ActivityKind.SHARE_REVOKED, SubjectKind.INVOICE),
    AuditAction.QUOTE_CREATED: (ActivityKind.CREATED, SubjectKind.QUOTE),
    AuditAction.QUOTE_SHARED: (ActivityKind.SHARED, SubjectKind.QUOTE),
    AuditAction.QUOTE_SHARE_REVOKED: (ActivityKind.SHARE_REVOKED, SubjectKind.QUOTE),
    AuditAction.CREDIT_NOTE_CREATED: (ActivityKind.CREATED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_NOTE_ISSUED: (ActivityKind.ISSUED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_NOTE_VOIDED: (ActivityKind.VOIDED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_NOTE_SHARED: (ActivityKind.SHARED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_NOTE_SHARE_REVOKED: (ActivityKind.SHARE_REVOKED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_NOTE_APPLIED: (ActivityKind.CREDIT_APPLIED, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_APPLICATION_REVERSED: (
        ActivityKind.CREDIT_REVERSED,
        SubjectKind.CREDIT_NOTE,
    ),
    AuditAction.CREDIT_PAID_OUT: (ActivityKind.CREDIT_PAID_OUT, SubjectKind.CREDIT_NOTE),
    AuditAction.CREDIT_PAYOUT_REVERSED: (
        ActivityKind.CREDIT_PAYOUT_REVERSED,
        SubjectKind.CREDIT_NOTE,
    ),
    AuditAction.DRAFT_DELETED: (ActivityKind.DELETED, SubjectKind.CUSTOMER),
}
"""The entries of the audit log that timelines have."""
_NAMED_IN_NOTES: Final = frozenset({ActivityKind.EMAILS_TURNED_OFF, ActivityKind.DELETED})
"""What is about something else of the customer: an address, or a draft that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What was loaded for the rows of a page, by id."""

    documents: Mapping[UUID, Mapping[str, Any]]
    customers: Mapping[UUID, Subject]
    payments: Mapping[UUID, PaymentDetails]
    messages: Mapping[UUID, Message]

    def entry(self, rows: Sequence[Row]) -> Entry:
        """Return the entry of folded opens, or that of a single row."""
        match rows[0].source:
            case Source.VIEWS:
                return self._opens(rows)
            case Source.EMAILS:
                return self._email(rows[0])
            case Source.UPDATES:
                return self._update(rows[0])
            case Source.ENTRIES:
                return self._noted(rows[0])

    def _opens(self, rows: Sequence[Row]) -> Entry:
        latest = rows[0]
        document_id = id_of(latest.values["invoice_id"])
        columns = zip(*[_seen(row.values) for row in rows], strict=True)
        first, views, reads, downloads, clicks, ips, programs, sources = columns
        opens = Opens(
            count=sum(views),
            first_at=min(map(instant_of, first)),
            networks=_distinct(ips),
            devices=_distinct(map(device_name, _distinct(programs))),
            sources=[ViewSource(source) for source in _distinct(sources)],
            read_count=sum(reads),
            has_pdf_download=any(downloads),
            has_pay_click=any(clicks),
        )
        is_first_read = latest.values["is_first_read"]
        return Entry(
            id=f"view-{latest.key}",
            kind=ActivityKind.READ if is_first_read else ActivityKind.OPENED,
            at=latest.at,
            actor=None,
            document=self._document(SubjectKind.INVOICE, document_id),
            customer=self._customer_of(document_id),
            opens=opens,
        )

    def _email(self, row: Row) -> Entry:
        values = row.values
        type_, document_id = _reference(values)
        email = Email(
            id=row.key[1],
            kind=MailKind(values["kind"]),
            state=DeliveryState(values["status"]),
            recipient=values["written_recipient"] or values["recipient"],
            detail=values["detail"],
            is_waiting=values["next_attempt_at"] is not None,
        )
        return Entry(
            id=f"email-{row.key[1]}",
            kind=ActivityKind.EMAILED,
            at=row.at,
            actor=values["actor"],
            document=self._document(type_, document_id),
            customer=self._customer_of(document_id),
            email=email,
        )

    def _update(self, row: Row) -> Entry:
        values = row.values
        type_, document_id = _reference(values)
        document = self.documents[document_id]
        change = InvoiceChange(values["change"])
        subject_id = values["subject_id"] and id_of(values["subject_id"])
        is_client = change in {InvoiceChange.QUOTE_ACCEPTED, InvoiceChange.QUOTE_DECLINED}
        is_client = is_client and values["actor"] is None
        amount = values["amount"]
        return Entry(
            id=f"event-{row.key}",
            kind=ActivityKind(change),
            at=row.at,
            actor=values["actor"],
            document=self._document(type_, document_id),
            customer=self._customer_of(document_id),
            amount=None if amount is None else Money(Minor(amount), document["currency"]),
            note=document["note"] if is_client else values["reason"],
            signed_by=document["signed_by"] if is_client else None,
            payment=self.payments.get(subject_id) if change in _ABOUT_PAYMENTS else None,
            message=self.messages.get(subject_id),
        )

    def _noted(self, row: Row) -> Entry:
        values = row.values
        kind, type_ = ACTIONS[AuditAction(values["action"])]
        subject_id, customer_id = id_of(values["subject_id"]), values["customer_id"]
        is_customer = type_ is SubjectKind.CUSTOMER
        document = (
            None if is_customer else self._document(type_, subject_id, label=values["subject"])
        )
        note = values["subject"] if kind in _NAMED_IN_NOTES else values["detail"]
        return Entry(
            id=f"entry-{row.key[1]}",
            kind=kind,
            at=row.at,
            actor=values["actor"],
            document=document,
            customer=self.customers.get(id_of(customer_id)) if customer_id else None,
            note=note,
        )

    def _document(self, type_: SubjectKind, document_id: UUID, label: str = "") -> Subject:
        found = self.documents.get(document_id)
        if found is None:
            return Subject(type=type_, id=document_id, label=label, exists=False)
        label = found["number"] or found["requested_number"] or "draft"
        return Subject(type=SubjectKind(found["type"]), id=document_id, label=label)

    def _customer_of(self, document_id: UUID) -> Subject:
        document = self.documents[document_id]
        return Subject(
            type=SubjectKind.CUSTOMER,
            id=id_of(document["customer_id"]),
            label=document["customer_name"],
        )


async def load_details(groups: Sequence[Sequence[Row]]) -> Details:
    """Return what the rows are about, in at most three statements."""
    ids: dict[SubjectKind, set[UUID]] = {type_: set() for type_ in SubjectKind}
    about: dict[bool, set[UUID]] = {True: set(), False: set()}
    for group in groups:
        source, row = group[0].source, group[0].values
        match source:
            case Source.VIEWS:
                ids[SubjectKind.INVOICE].add(id_of(row["invoice_id"]))
            case Source.ENTRIES:
                _, type_ = ACTIONS[AuditAction(row["action"])]
                if type_ is not SubjectKind.CUSTOMER:
                    ids[type_].add(id_of(row["subject_id"]))
                if row["customer_id"]:
                    ids[SubjectKind.CUSTOMER].add(id_of(row["customer_id"]))
            case Source.EMAILS | Source.UPDATES:
                type_, document_id = _reference(row)
                ids[type_].add(document_id)
                if source is Source.UPDATES and row["subject_id"]:
                    about[row["change"] in _ABOUT_PAYMENTS].add(id_of(row["subject_id"]))
    documents, customers = await _load_subjects([list(ids[type_]) for type_ in SubjectKind])
    return Details(
        documents=documents,
        customers=customers,
        payments=await _load_payments(list(about[True])),
        messages=await _load_messages(list(about[False])),
    )


async def _load_subjects(
    ids: Sequence[list[UUID]],
) -> tuple[dict[UUID, Mapping[str, Any]], dict[UUID, Subject]]:
    """Return the documents and the customers with these ids."""
    documents: dict[UUID, Mapping[str, Any]] = {}
    customers: dict[UUID, Subject] = {}
    for row in await fetch(_SUBJECTS, *ids) if any(ids) else []:
        id_ = id_of(row["id"])
        if row["type"] == SubjectKind.CUSTOMER:
            label = row["customer_name"]
            customers[id_] = Subject(type=SubjectKind.CUSTOMER, id=id_, label=label)
        else:
            documents[id_] = row
    return documents, customers


async def _load_payments(ids: list[UUID]) -> dict[UUID, PaymentDetails]:
    found = await fetch(_PAYMENTS, ids) if ids else []
    return {
        id_of(row["id"]): PaymentDetails(
            id=row["payment_id"] and id_of(row["payment_id"]),
            method=row["method"],
            paid_with=PaidWith.of(row["method_type"], row["method_brand"], row["method_last4"]),
            reference=row["reference"],
            payment_intent=row["payment_intent"],
        )
        for row in found
    }


async def _load_messages(ids: list[UUID]) -> dict[UUID, Message]:
    found = await fetch(_MESSAGES, ids) if ids else []
    return {
        id_of(row["id"]): Message(
            question_id=id_of(row["question_id"]),
            author=row["author"],
            text=row["text"],
            asked_at=instant_of(row["asked_at"]),
            answered_at=row["answered_at"] and instant_of(row["answered_at"]),
        )
        for row in found
    }


def _reference(values: Mapping[str, Any]) -> tuple[SubjectKind, UUID]:
    """Return the type and the id of the document to which a row refers."""
    [(type_, document_id)] = [
        (type_, id_of(values[column])) for column, type_ in _REFERENCES.items() if values[column]
    ]
    return type_, document_id


def _distinct(values: Iterable[T]) -> Sequence[T]:
    """Return each value once, without those that are empty."""
    return list(filter(None, dict.fromkeys(values)))
