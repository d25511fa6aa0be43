"""The demo's quotes, with a client's answer and question, credit notes and e-mail preferences."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from auth.staff import Staff
from dev.demo import tables
from models import Customer, EmailPreference, Invoice, InvoiceStatus, Quote
from models.documents import DOCUMENT_PARENTS
from services.billing import credit_applications, credit_notes, quotes
from services.billing.credit_note_drafts import CreditAmount
from services.billing.pricing import LineDraft
from services.billing.quote_answers import answer_quote
from services.billing.quotes import QuoteDraft
from services.email.preferences import preference_for
from services.sharing.questions import ask
from services.sharing.tokens import SharedQuote


async def add_quotes(staff: Staff, make_token: Callable[[], UUID]) -> Quote:
    """Add the quotes with their states, and return the one to show."""
    to_show = None
    for email, description, quantity, price, status in tables.QUOTES:
        customer = await Customer.get(email=email)
        line = LineDraft(
            description=description, quantity=Decimal(quantity), unit_price=Decimal(price)
        )
        quote = await quotes.create_quote(
            staff, QuoteDraft(customer_id=str(customer.id), lines=[line])
        )
        if status == "DRAFT":
            continue
        await quotes.share_quote(staff, str(quote.id))
        await Quote.filter(id=quote.id).update(share_token=make_token())
        quote = await Quote.get(id=quote.id).select_related(*DOCUMENT_PARENTS)
        if status == "ACCEPTED":
            link = SharedQuote(quote=quote, token=str(quote.share_token))
            await answer_quote(link, tables.ANSWER)
            await ask(quote, link.token, tables.QUESTION)
        to_show = to_show or quote
    assert to_show is not None
    return to_show


async def add_credit(staff: Staff) -> None:
    """Issue the credit notes, and apply parts of them to open invoices."""
    for email, currency, amount, reason, applied in tables.CREDIT_NOTES:
        customer = await Customer.get(email=email)
        draft = CreditAmount(
            customer_id=str(customer.id), amount=Decimal(amount), currency=currency, reason=reason
        )
        note = await credit_notes.create_credit_note(staff, draft)
        await credit_notes.issue_credit_note(staff, str(note.id))
        if applied is not None:
            invoice = await Invoice.get(
                customer_id=customer.id, currency=currency, status=InvoiceStatus.ISSUED
            )
            await credit_applications.apply_credit_note(
                staff, str(note.id), str(invoice.id), Decimal(applied)
            )


async def add_preference(customer: Customer, make_token: Callable[[], UUID]) -> EmailPreference:
    """Create the e-mail preferences of a customer's address, as its first e-mail does."""
    assert customer.email is not None
    preference = await preference_for(
        customer.company_id, customer.email, customer.language or "en"
    )
    preference.token = make_token()
    await preference.save(update_fields=["token"])
    return preference
