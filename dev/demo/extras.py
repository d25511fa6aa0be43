"""What the demo has beside invoices: quotes, credit notes, and somebody's e-mail preferences."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from auth.staff import Staff
from dev.demo import tables
from models import Customer, EmailPreference, Invoice, InvoiceStatus, Quote
from services.billing import credit_notes, quotes
from services.billing.credit_notes import CreditNoteDraft
from services.billing.pricing import LineDraft
from services.billing.quotes import QuoteDraft
from services.email.preferences import preference_for


async def add_quotes(staff: Staff, make_token: Callable[[], UUID]) -> Quote:
    """Write the quotes, as far as each has come; returns the one to show."""
    shown = None
    for email, what, quantity, price, status in tables.QUOTES:
        customer = await Customer.get(email=email)
        line = LineDraft(what, Decimal(quantity), Decimal(price))
        quote = await quotes.create_quote(staff, QuoteDraft(str(customer.id), [line]))
        if status == "DRAFT":
            continue
        await quotes.share_quote(staff, str(quote.id))
        await Quote.filter(id=quote.id).update(share_token=make_token())
        if status == "ACCEPTED":
            await quotes.accept_quote(staff, str(quote.id))
        shown = shown or await Quote.get(id=quote.id)
    assert shown is not None
    return shown


async def add_credit(staff: Staff) -> None:
    """Issue the credit notes, and apply of each what is to be applied to an open invoice."""
    for email, currency, amount, reason, applied in tables.CREDIT_NOTES:
        customer = await Customer.get(email=email)
        draft = CreditNoteDraft(str(customer.id), Decimal(amount), currency, reason)
        note = await credit_notes.create_credit_note(staff, draft)
        await credit_notes.issue_credit_note(staff, str(note.id))
        if applied is not None:
            invoice = await Invoice.get(
                customer_id=customer.id, currency=currency, status=InvoiceStatus.ISSUED
            )
            await credit_notes.apply_credit_note(
                staff, str(note.id), str(invoice.id), Decimal(applied)
            )


async def add_preference(customer: Customer, make_token: Callable[[], UUID]) -> EmailPreference:
    """Give the customer's address its preferences, as its first e-mail would."""
    assert customer.email is not None
    made = await preference_for(customer.company_id, customer.email, customer.language or "en")
    made.token = make_token()
    await made.save(update_fields=["token"])
    return made
