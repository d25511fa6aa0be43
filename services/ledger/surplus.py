"""Money beyond what an invoice needs: it becomes an issued credit note of the customer."""

from datetime import UTC, datetime
from decimal import Decimal

from i18n.translations import translations_for
from models import (
    Company,
    CreditNote,
    CreditNoteLine,
    CreditNoteStatus,
    Customer,
    Invoice,
    Surplus,
)
from models.money import to_decimal
from models.taxes import TaxCategory
from services.ledger.issuing import issue_document


async def credit_surplus(
    company: Company, customer: Customer, invoice: Invoice, amount: int
) -> CreditNote:
    """Issue a credit note for `amount` minor units that the invoice doesn't need.

    The company and the invoice are locked.
    """
    gettext = translations_for(customer.language_with(company)).gettext
    reason = gettext("Overpaid on invoice %(number)s") % {"number": invoice.number}
    note = CreditNote(
        company_id=company.id,
        customer_id=customer.id,
        currency=invoice.currency,
        subtotal=amount,
        total=amount,
        reason=reason,
        status=CreditNoteStatus.ISSUED,
        issued_at=datetime.now(UTC),
    )
    await issue_document(note, company, customer)
    await note.save(force_create=True)
    await CreditNoteLine.create(
        credit_note_id=note.id,
        position=1,
        description=reason,
        quantity=Decimal(1),
        unit_price=to_decimal(amount, invoice.currency),
        amount=amount,
        net=amount,
        discount=0,
        tax_category=TaxCategory.OUT_OF_SCOPE,
        tax_rate=Decimal(0),
        tax=0,
    )
    await Surplus.create(
        company_id=company.id, invoice_id=invoice.id, credit_note_id=note.id, amount=amount
    )
    return note
