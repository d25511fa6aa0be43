"""A business with a row in every table, and helpers that work on any table.

When you add a table, add a row to `fill`: a test fails until you do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from tortoise import Tortoise
from tortoise.models import Model

from auth.secrets import digest
from db.statements import execute, fetch, placeholders
from models import (
    AccountEntry,
    AccountMonth,
    Announcement,
    Answer,
    AuditAction,
    AuditEntry,
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    Company,
    CompanyUpkeep,
    Credential,
    CredentialKind,
    CreditApplication,
    CreditNote,
    CreditNoteLine,
    CreditNoteStatus,
    CreditPayout,
    Customer,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    EmailText,
    EmailTextKind,
    EventStatus,
    Invitation,
    InvitationKind,
    Invoice,
    InvoiceChange,
    InvoiceLine,
    InvoiceStatus,
    InvoiceUpdate,
    InvoiceView,
    InvoiceViewer,
    Logo,
    MailKind,
    NumberCounter,
    NumberSeries,
    PartySnapshot,
    Payment,
    PaymentReversal,
    PaymentReversalKind,
    PaymentReversalStatus,
    Question,
    Quote,
    QuoteLine,
    QuoteStatus,
    RecoveryCode,
    Reversal,
    SampleInvoice,
    Schedule,
    SeriesKind,
    StripeEvent,
    StripeRefund,
    StripeRefundStatus,
    SubjectType,
    Surplus,
    UnsavedForm,
    User,
    ViewFeed,
    ViewSource,
    ViewTally,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
    WebhookKind,
    WriteOff,
)
from models.party_snapshots import digest_of
from models.views import hour_of
from tests.support.clients import Business
from values.taxes import TaxCategory

NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
TOTAL: Final = 10_000
"""The total of each document, in minor units."""
_LINE: Final[dict[str, Any]] = {
    "position": 1,
    "quantity": 1,
    "unit_price": TOTAL // 100,
    "tax_category": TaxCategory.ZERO,
    "tax_rate": 0,
    "amount": TOTAL,
    "net": TOTAL,
    "discount": 0,
    "tax": 0,
}


# --- rows of a business -------------------------------------------------------------------------


class _Shared(NamedTuple):
    """The columns that all rows of a business share, and the marker in their texts."""

    owner: dict[str, Any]
    mark: str
    seller: PartySnapshot
    buyer: PartySnapshot

    def document(self, number: str, **more: object) -> dict[str, Any]:
        """Return the columns of a document, which has this number unless it is a draft."""
        numbered = {
            "number": f"{number}-{self.mark}",
            "number_key": f"{number}-{self.mark}".casefold(),
            "language": "en",
            "seller_snapshot": self.seller,
            "buyer_snapshot": self.buyer,
        }
        return {
            **(numbered if "status" in more else {}),
            "currency": "EUR",
            "subtotal": TOTAL,
            "total": TOTAL,
            "notes": f"Notes {self.mark}",
            "idempotency_key": number,
            "idempotency_digest": self.mark,
            **self.owner,
            **more,
        }


def mark_of(business: Business) -> str:
    """Return the marker that is in all texts of the business and in no other's."""
    return business.company_id.hex[:16]


def _link() -> dict[str, Any]:
    return {"share_token": uuid4(), "shared_at": NOW}


async def fill(business: Business) -> Sequence[Model]:
    """Give the business rows in every table, and return all of its rows, parents first.

    `reconcile` finds no difference in them.

    Each kind of document comes as a draft and issued or sent. A table's first row has no later
    changes, such as payments. Each column of a unique key is set in at least one row.
    """
    mark = mark_of(business)
    of_business: dict[str, Any] = {"company_id": business.company_id}
    first = await _fill_company(business, mark)
    customer = await Customer.create(
        name=f"Customer {mark}",
        email=f"customer-{mark}@example.com",
        address=f"Street {mark}",
        cc_emails=f"copy-{mark}@example.com",
        buyer_reference=f"Reference {mark}",
        tax_number=f"TAX {mark}",
        portal_token=uuid4(),
        portal_shared_at=NOW,
        idempotency_key="customer",
        **of_business,
    )
    company = await Company.get(id=business.company_id)
    seller, buyer = [
        await PartySnapshot.create(
            digest=digest_of(party), content=party.to_json().decode(), **of_business
        )
        for party in (company.seller, customer.buyer)
    ]
    shared = _Shared(of_business | {"customer_id": customer.id}, mark, seller, buyer)
    invoices = await _fill_invoices(shared)
    quotes = await _fill_quotes(shared, invoices[2])
    credit = await _fill_credit(shared, invoices[1])
    mails = await _fill_mail(shared, invoices[0], quotes[0], credit[0])
    online = await _fill_online(shared, invoices, credit[0])
    told = await _fill_webhooks(shared, quotes[0])
    asked = await _fill_questions(shared, invoices[0], quotes[0], credit[0])
    documents = [*invoices, *quotes, *credit]
    account = [
        *await AccountEntry.filter(customer_id=customer.id),
        *await AccountMonth.filter(customer_id=customer.id),
    ]
    rows = [*first, customer, seller, buyer, *documents, *mails, *online, *told, *asked]
    return [*rows, *account]


async def _fill_company(business: Business, mark: str) -> list[Model]:
    company = await Company.get(id=business.company_id)
    for column in ("name", "street", "email", "phone", "website", "vat_id"):
        setattr(company, column, f"https://{mark}.example/{column}")
    company.logo_digest = mark * 4
    company.stripe_account = f"acct_{mark}"
    await company.save()
    of_business: dict[str, Any] = {"company_id": company.id}
    logo = await Logo.create(
        digest=company.logo_digest, content=mark.encode(), width=600, height=200, **of_business
    )
    await User.filter(**of_business).update(name=f"User {mark}")
    user = await User.get(**of_business)
    await ViewFeed.filter(**of_business).update(sequence=1, update_sequence=3)
    await Credential.filter(**of_business).update(name=f"Key {mark}")
    key = await Credential.get(**of_business)
    await AuditEntry.create(
        action=AuditAction.API_KEY_CREATED,
        actor=f"Actor {mark}",
        credential_id=key.id,
        subject_id=key.id,
        subject=f"Key {mark}",
        **of_business,
    )
    entry = await AuditEntry.get(**of_business)
    child = await Credential.create(
        kind=CredentialKind.API_KEY,
        name=f"Child {mark}",
        secret_hash=digest(f"child {mark}"),
        user_id=user.id,
        parent_id=key.id,
        idempotency_key="key",
        **of_business,
    )
    colleague = await User.create(
        email=f"{mark}@colleague.example", name=f"Colleague {mark}", permissions="", **of_business
    )
    invited = {"kind": InvitationKind.INVITATION, "expires_at": NOW, **of_business}
    invitations = [
        await Invitation.create(
            user_id=user.id, inviter_id=user.id, secret_hash=digest(mark), **invited
        ),
        await Invitation.create(
            user_id=colleague.id,
            inviter_key_id=key.id,
            secret_hash=digest(f"colleague {mark}"),
            **invited,
        ),
    ]
    code = await RecoveryCode.create(user_id=user.id, code_hash=digest(mark), **of_business)
    sample = await SampleInvoice.create(
        user_id=user.id,
        sent_at=NOW,
        open_count=1,
        last_opened_at=NOW,
        last_user_agent=mark,
        **of_business,
    )
    series = await NumberSeries.create(
        kind=SeriesKind.INVOICE, format=f"{mark}-{{seq}}", **of_business
    )
    counter = await NumberCounter.create(kind=SeriesKind.INVOICE, year=0, next=4, **of_business)
    feed = await ViewFeed.get(**of_business)
    # A comparison that has come this far finds nothing new.
    upkeep = await CompanyUpkeep.create(reconciled_updates=3, reconciled_views=2, **of_business)
    schedule = await Schedule.create(name=f"Schedule {mark}"[:32], due_at=NOW)
    return [
        company,
        logo,
        user,
        colleague,
        code,
        sample,
        *invitations,
        key,
        child,
        feed,
        entry,
        series,
        counter,
        upkeep,
        schedule,
        await UnsavedForm.create(
            user_id=user.id, path="/dashboard", entries=mark, submitted_at=NOW, **of_business
        ),
    ]


async def _fill_invoices(shared: _Shared) -> list[Model]:
    issued = {"issue_date": date(2026, 11, 1), "due_date": date(2026, 12, 1), "issued_at": NOW}
    invoices = [
        await Invoice.create(
            **shared.document("INV-1", status=InvoiceStatus.ISSUED, **issued, **_link())
        ),
        await Invoice.create(
            **shared.document("INV-2", status=InvoiceStatus.PARTIALLY_PAID, **issued, **_link()),
            amount_paid=3_000,
            view_count=1,
            unique_ips=1,
            first_viewed_at=NOW,
            last_viewed_at=NOW,
            last_viewed_hour=hour_of(NOW),
        ),
        await Invoice.create(**shared.document("INV-3")),
    ]
    of_invoice = {"company_id": shared.owner["company_id"], "invoice_id": invoices[1].id}
    return [
        *invoices,
        *[
            await InvoiceLine.create(invoice=invoice, description=f"Work {shared.mark}", **_LINE)
            for invoice in invoices
        ],
        await InvoiceView.create(
            sequence=1,
            viewed_at=NOW,
            source=ViewSource.LINK,
            ip="203.0.113.9",
            user_agent=f"Browser {shared.mark}",
            customer_id=shared.owner["customer_id"],
            **of_invoice,
        ),
        await InvoiceUpdate.create(
            sequence=1,
            change=InvoiceChange.PAYMENT_RECEIVED,
            amount=1_000,
            at=NOW,
            customer_id=shared.owner["customer_id"],
            **of_invoice,
        ),
        await InvoiceViewer.create(invoice=invoices[1], ip="203.0.113.9"),
        await ViewTally.create(invoice=invoices[1], viewed_at=NOW, sequence=1, view_count=1),
        await Payment.create(
            amount=1_000,
            currency="EUR",
            method=f"Cash {shared.mark}",
            reference=f"Reference {shared.mark}",
            received_at=NOW,
            idempotency_key="payment",
            **of_invoice,
        ),
    ]


async def _fill_quotes(shared: _Shared, invoice: Model) -> list[Model]:
    sent = {"issue_date": date(2026, 11, 1), "sent_at": NOW}
    quotes = [
        await Quote.create(**shared.document("Q-1", status=QuoteStatus.SENT, **sent, **_link())),
        await Quote.create(
            **shared.document("Q-2", status=QuoteStatus.ACCEPTED, **sent, **_link()),
            decided_at=NOW,
            invoice_id=invoice.pk,
            answered_by=f"Client {shared.mark}",
            answer_note=f"Note {shared.mark}",
            answer_purchase_order=f"Order {shared.mark}",
            answer_ip="192.0.2.1",
        ),
        await Quote.create(**shared.document("Q-3")),
    ]
    return [
        *quotes,
        *[
            await QuoteLine.create(quote=quote, description=f"Offer {shared.mark}", **_LINE)
            for quote in quotes
        ],
    ]


async def _fill_questions(
    shared: _Shared, invoice: Model, quote: Model, note: Model
) -> list[Model]:
    asked: dict[str, Any] = {
        "name": f"Client {shared.mark}",
        "email": f"client-{shared.mark}@example.com",
        "text": f"Question {shared.mark}",
        **shared.owner,
    }
    questions = [
        await Question.create(invoice_id=invoice.pk, **asked),
        await Question.create(quote_id=quote.pk, **asked),
        await Question.create(credit_note_id=note.pk, **asked),
    ]
    for document in (invoice, quote, note):
        await type(document).filter(id=document.pk).update(has_questions=True)
    company = {"company_id": shared.owner["company_id"]}
    event: dict[str, Any] = {"change": InvoiceChange.QUESTION_ASKED, "at": NOW, **shared.owner}
    events = [
        await InvoiceUpdate.create(sequence=2, quote_id=quote.pk, **event),
        await InvoiceUpdate.create(sequence=3, credit_note_id=note.pk, **event),
    ]
    answer = await Answer.create(
        **company,
        question=questions[0],
        author=f"Actor {shared.mark}",
        text=f"Answer {shared.mark}",
        idempotency_key="answer",
    )
    email = await EmailDelivery.create(
        kind=MailKind.ANSWER,
        answer=answer,
        recipient=f"client-{shared.mark}@example.com",
        status=DeliveryState.SENT,
        sent_at=NOW,
        **shared.owner,
    )
    return [*questions, *events, answer, email]


async def _fill_credit(shared: _Shared, invoice: Model) -> list[Model]:
    def columns(number: str, **more: object) -> dict[str, Any]:
        document = shared.document(number, **more)
        return document | {"reason": f"Reason {shared.mark}"}

    notes = [
        await CreditNote.create(
            **columns("CN-1", status=CreditNoteStatus.ISSUED, issued_at=NOW, **_link()),
        ),
        await CreditNote.create(
            **columns("CN-2", status=CreditNoteStatus.APPLIED, issued_at=NOW, applied=2_000),
            invoice_id=invoice.pk,
        ),
        await CreditNote.create(**columns("CN-3")),
    ]
    of_business = {"company_id": shared.owner["company_id"]}
    applied: dict[str, Any] = {"credit_note": notes[1], "invoice_id": invoice.pk, **of_business}
    application = await CreditApplication.create(
        amount=2_000, idempotency_key="application", **applied
    )
    payout = await CreditPayout.create(
        credit_note=notes[1],
        amount=1_000,
        method=f"Transfer {shared.mark}",
        actor=f"Actor {shared.mark}",
        idempotency_key="payout",
        **of_business,
    )
    return [
        *notes,
        *[
            await CreditNoteLine.create(
                credit_note=note, description=f"Credit {shared.mark}", **_LINE
            )
            for note in notes
        ],
        application,
        await CreditApplication.create(amount=-500, reverses=application, **applied),
        await CreditApplication.create(amount=500, **applied),
        payout,
        await CreditPayout.create(
            credit_note=notes[1],
            amount=-1_000,
            method=f"Transfer {shared.mark}",
            actor=f"Actor {shared.mark}",
            reverses=payout,
            **of_business,
        ),
    ]


async def _fill_mail(shared: _Shared, invoice: Model, quote: Model, note: Model) -> list[Model]:
    of_business = {"company_id": shared.owner["company_id"]}
    announcement = await Announcement.create(
        subject=f"Subject {shared.mark}",
        body=f"Body {shared.mark}",
        idempotency_key="announcement",
        **of_business,
    )
    kinds: list[tuple[MailKind, dict[str, Any]]] = [
        (MailKind.REMINDER, {"invoice_id": invoice.pk, "stage": 1}),
        (MailKind.QUOTE, {"quote_id": quote.pk}),
        (MailKind.ANNOUNCEMENT, {"announcement_id": announcement.id}),
        (MailKind.CREDIT_NOTE, {"credit_note_id": note.pk}),
    ]
    deliveries = [
        await EmailDelivery.create(
            kind=kind,
            recipient=f"customer-{shared.mark}@example.com",
            message=f"Message {shared.mark}",
            status=DeliveryState.SENT,
            detail=f"Detail {shared.mark}",
            sent_at=NOW + timedelta(seconds=1),
            attempts=1,
            idempotency_key=kind,
            **subject,
            **shared.owner,
        )
        for kind, subject in kinds
    ]
    together = await EmailDelivery.create(
        kind=MailKind.REMINDER,
        invoice_id=invoice.pk,
        stage=7,
        sent_with=deliveries[0],
        recipient=f"customer-{shared.mark}@example.com",
        status=DeliveryState.SENT,
        sent_at=NOW + timedelta(seconds=1),
        **shared.owner,
    )
    copy = await EmailDelivery.create(
        kind=MailKind.CREDIT_NOTE,
        credit_note_id=note.pk,
        copy_of=deliveries[-1],
        recipient=f"copy-{shared.mark}@example.com",
        status=DeliveryState.SENT,
        sent_at=NOW + timedelta(seconds=1),
        **shared.owner,
    )
    preference = await EmailPreference.create(
        address=f"customer-{shared.mark}@example.com", **of_business
    )
    text = await EmailText.create(
        kind=EmailTextKind.INVOICE,
        language="en",
        subject=f"Own subject {shared.mark}",
        message=f"Own message {shared.mark}",
        **of_business,
    )
    return [preference, text, announcement, *deliveries, together, copy]


async def _fill_online(shared: _Shared, invoices: list[Model], note: Model) -> list[Model]:
    of_business = {"company_id": shared.owner["company_id"]}
    payment = next(row for row in invoices if isinstance(row, Payment))
    stripe: dict[str, Any] = {"account": f"acct_{shared.mark}", "currency": "EUR", "amount": 1_000}
    times: dict[str, Any] = {"expires_at": NOW + timedelta(hours=1), "next_look_at": NOW}
    session: dict[str, Any] = {
        "url": f"https://pay.example/{shared.mark}",
        "request": f"Request {shared.mark}",
    }
    open_checkout = await Checkout.create(
        status=CheckoutStatus.OPEN,
        session_id=f"cs_open_{shared.mark}",
        **session | stripe | times | of_business,
    )
    paid_checkout = await Checkout.create(
        id=payment.id,
        status=CheckoutStatus.PAID,
        session_id=f"cs_paid_{shared.mark}",
        payment_intent=f"pi_{shared.mark}",
        **session | stripe | times | of_business,
    )
    open_share = await CheckoutShare.create(
        checkout=open_checkout,
        invoice_id=invoices[0].pk,
        position=1,
        amount=1_000,
        payable_for=invoices[0].pk,
    )
    paid_share = await CheckoutShare.create(
        id=payment.id,
        checkout=paid_checkout,
        invoice_id=payment.invoice_id,
        position=1,
        amount=1_000,
    )
    payment_reversal = await PaymentReversal.create(
        id=f"re_{shared.mark}",
        checkout=paid_checkout,
        kind=PaymentReversalKind.REFUND,
        status=PaymentReversalStatus.RETURNED,
        amount=200,
        **of_business,
    )
    of_invoice = {"invoice_id": payment.invoice_id} | of_business
    second_payment = await Payment.create(
        amount=TOTAL, currency="EUR", method=f"Again {shared.mark}", received_at=NOW, **of_invoice
    )
    mistake = await Payment.create(
        amount=500, currency="EUR", method=f"Mistake {shared.mark}", received_at=NOW, **of_invoice
    )
    refund_row: dict[str, Any] = {"kind": PaymentReversalKind.REFUND, "payment": payment}
    reversals = [
        await Reversal.create(amount=200, **refund_row, **of_invoice),
        await Reversal.create(
            payment=mistake,
            kind=PaymentReversalKind.REVERSAL,
            amount=500,
            reversed_payment_id=mistake.id,
            **of_invoice,
        ),
        await Reversal.create(amount=-200, idempotency_key="reversal", **refund_row, **of_invoice),
    ]
    write_off = await WriteOff.create(amount=10, idempotency_key="write off", **of_invoice)
    write_off_reversal = await WriteOff.create(amount=-10, **of_invoice)
    refund = await StripeRefund.create(
        payment=payment,
        amount=200,
        actor=f"Actor {shared.mark}",
        status=StripeRefundStatus.DONE,
        refund_id=f"re_{shared.mark}",
        idempotency_key="refund",
        **of_business,
    )
    of_payments: list[tuple[MailKind, dict[str, Any]]] = [
        (MailKind.RECEIPT, {"payment": payment}),
        (MailKind.REFUND, {"reversal": reversals[0]}),
        (MailKind.PAYMENT_FAILED, {"checkout_share": paid_share}),
    ]
    emails = [
        await EmailDelivery.create(
            kind=kind,
            recipient=f"customer-{shared.mark}@example.com",
            status=DeliveryState.SENT,
            sent_at=NOW + timedelta(seconds=1),
            invoice_id=payment.invoice_id,
            **subject,
            **shared.owner,
        )
        for kind, subject in of_payments
    ]
    surplus = await Surplus.create(credit_note_id=note.pk, amount=TOTAL, **of_invoice)
    event = await StripeEvent.create(
        id=f"evt_{shared.mark}",
        type="charge.refunded",
        account=stripe["account"],
        payment_intent=f"pi_other_{shared.mark}",
        status=EventStatus.PARKED,
        detail=f"Detail {shared.mark}",
        payload=f"Payload {shared.mark}",
        created_at=NOW,
        **of_business,
    )
    return [
        open_checkout,
        paid_checkout,
        open_share,
        paid_share,
        payment_reversal,
        second_payment,
        mistake,
        *reversals,
        write_off,
        write_off_reversal,
        refund,
        surplus,
        *emails,
        event,
    ]


async def _fill_webhooks(shared: _Shared, quote: Model) -> list[Model]:
    webhook = await Webhook.create(
        url=f"https://{shared.mark}.example/webhook",
        event_names="QUOTE_ACCEPTED",
        description=f"Description {shared.mark}",
        secret=f"whsec_{shared.mark}",
        enabled=False,
        disabled_reason=f"Reason {shared.mark}",
        idempotency_key="key",
        company_id=shared.owner["company_id"],
    )
    delivery = await WebhookDelivery.create(
        webhook=webhook,
        event=WebhookEvent.QUOTE_ACCEPTED,
        subject_type=SubjectType.QUOTE,
        subject_id=str(quote.pk),
        occurred_at=NOW,
        queued_at=NOW,
        sequence=1,
        state=WebhookDeliveryState.DELIVERED,
        payload=f"Payload {shared.mark}",
        response_body=f"Response {shared.mark}",
        detail=f"Detail {shared.mark}",
        delivered_at=NOW,
        company_id=shared.owner["company_id"],
    )
    user = await User.filter(company_id=shared.owner["company_id"]).order_by("created_at").first()
    notices = await Webhook.create(
        kind=WebhookKind.EMAIL,
        user=user,
        event_names="INVOICE_READ",  # which no operation that tests try causes
        company_id=shared.owner["company_id"],
    )
    chat = await Webhook.create(
        id=shared.owner["company_id"],
        kind=WebhookKind.CHAT,
        url=f"https://{shared.mark}.example/chat",
        event_names="INVOICE_READ",
        company_id=shared.owner["company_id"],
    )
    return [webhook, delivery, chat, notices]


# --- any rows -----------------------------------------------------------------------------------


def tables() -> dict[str, type[Model]]:
    """Return every model by the name of its table."""
    assert Tortoise.apps
    return {model._meta.db_table: model for model in Tortoise.apps["models"].values()}


def columns_of(row: Model) -> dict[str, Any]:
    """Return the row as stored in its table."""
    return {column: getattr(row, name) for name, column in row._meta.fields_db_projection.items()}


async def insert(table: str, columns: Mapping[str, object]) -> None:
    """Insert a row as it is, without the models' checks and defaults."""
    names = ", ".join(f'"{name}"' for name in columns)
    await execute(
        f'INSERT INTO "{table}" ({names}) VALUES {placeholders(1, len(columns))}',
        *columns.values(),
    )


def _is_theirs(model: type[Model]) -> str:
    """Return the condition of a row that is one of the companies in the list `$1`."""
    if model is Company:
        return "id = ANY($1)"
    if "company_id" in model._meta.db_fields:
        return "company_id = ANY($1)"
    parent = min(model._meta.fk_fields)  # all are of one company
    field: Any = model._meta.fields_map[parent]
    table = field.related_model._meta.db_table
    return f"{parent}_id IN (SELECT id FROM {table} WHERE company_id = ANY($1))"


async def snapshot(company_ids: Iterable[UUID]) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of the companies as stored, except when credentials were last used."""
    ids = list(company_ids)
    rows = {
        table: [
            dict(row)
            for row in await fetch(
                f'SELECT * FROM "{table}" WHERE {_is_theirs(model)}'
                f' ORDER BY "{model._meta.db_pk_column}"',
                ids,
            )
        ]
        for table, model in tables().items()
        if model is not Schedule  # all companies have the same ones
    }
    for credential in rows["credential"]:
        del credential["last_used_at"]
    return rows
