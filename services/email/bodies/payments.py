"""The e-mails about payments: receipts, refunds, and payments that failed days later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from i18n.documents import Row
from i18n.formatting import format_count, format_date, format_money
from i18n.payments import failure_reason, method_of
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Section, Tone
from models import Checkout, Invoice
from services.billing.receipts import Receipt
from services.email.bodies.invoices import InvoiceFacts
from services.email.bodies.parts import (
    MAX_ATTACHMENTS,
    closing_of,
    greeting_for,
    reason_for,
)


@dataclass(frozen=True, slots=True)
class SentReceipt:
    """A receipt, and the link to its invoice; None if that isn't shared."""

    receipt: Receipt
    link: str | None

    @property
    def invoice(self) -> Invoice:
        """The invoice that was paid."""
        return self.receipt.invoice


@dataclass(frozen=True, slots=True)
class SentRefund:
    """What was refunded of a payment, in minor units, with the payment's receipt."""

    sent: SentReceipt
    amount: int


def receipt_body(sent: Sequence[SentReceipt], business: Business) -> EmailBody:
    """Return the e-mail with the receipts of what was paid at once, of which there is at least one.

    All are of one currency and day.
    """
    receipt = sent[0].receipt
    invoice, language = receipt.invoice, receipt.invoice.written_in
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    paid = sum(each.receipt.payment.amount for each in sent)
    amount = format_money(invoice.money(paid), language)
    is_only = len(sent) == 1
    message = _("Thank you, your payment has arrived. Your receipt is attached.")
    subject = _("Receipt: invoice %(number)s from %(business)s")
    heading = _("Receipt for invoice %(number)s")
    if not is_only:
        message = _receipts_message(len(sent), language)
        subject = _("Receipts: your payment to %(business)s")
        heading = _("Receipts for your payment")
    return EmailBody(
        subject=subject % named,
        preheader=_("We received %(amount)s. Thank you.") % {"amount": amount},
        headline=Headline(
            heading=heading % named,
            amount=amount,
            state=_("Paid %(date)s") % {"date": format_date(receipt.paid_on, language)},
            tone=Tone.GOOD,
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[_receipt_section(each, language, is_only=is_only) for each in sent],
        closing=_keep(business, language),
        reason=reason_for(business, language),
    )


def _receipts_message(receipts: int, language: str) -> str:
    _ = translations_for(language).gettext
    if receipts <= MAX_ATTACHMENTS:
        return _("Thank you, your payment has arrived. Your receipts are attached.")
    some = _(
        "Thank you, your payment has arrived. The first %(most)s receipts are attached. The others"
        " are on the pages of their invoices."
    )
    return some % {"most": format_count(MAX_ATTACHMENTS, language)}


def _receipt_section(sent: SentReceipt, language: str, *, is_only: bool) -> Section:
    _ = translations_for(language).gettext
    invoice, payment = sent.receipt.invoice, sent.receipt.payment
    heading = _("Invoice %(number)s") % {"number": invoice.number}
    amount = format_money(invoice.money(payment.amount), language)
    return Section(
        headline=None if is_only else Headline(heading=heading, amount=amount),
        button=_see_invoice(sent.link, language),
        rows=_receipt_rows(sent.receipt, language),
    )


def _receipt_rows(receipt: Receipt, language: str) -> list[Row]:
    invoice = receipt.invoice
    _ = translations_for(language).gettext
    method = method_of(receipt.payment, language)
    rows = [Row(_("Paid with"), method)] if method else []
    rows.append(Row(_("Invoice total"), format_money(invoice.money(invoice.total), language)))
    left = format_money(invoice.money(invoice.amount_due), language)
    return [*rows, Row(_("Left to pay on this invoice"), left)]


def refund_body(refunds: Sequence[SentRefund], at: datetime, business: Business) -> EmailBody:
    """Return the e-mail about what was refunded at once, of which there is at least one.

    All are of one payment with Stripe, which may have paid several invoices.
    """
    invoice = refunds[0].sent.invoice
    language = invoice.written_in
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    amount = format_money(invoice.money(sum(each.amount for each in refunds)), language)
    day = at.astimezone(ZoneInfo(invoice.company.time_zone)).date()
    refunded = _("We refunded %(amount)s of your payment. Banks take 5 to 10 days to show it.")
    message = refunded % {"amount": amount}
    is_only = len(refunds) == 1
    subject = _("Refund: invoice %(number)s from %(business)s")
    heading = _("Invoice %(number)s")
    if is_only:
        message = f"{message}\n\n{_left_after_refund(invoice, language)}"
    else:
        subject = _("Refund: your payment to %(business)s")
        heading = _("Your payment to %(business)s")
    return EmailBody(
        subject=subject % named,
        preheader=refunded % {"amount": amount},
        headline=Headline(
            heading=heading % named,
            amount=amount,
            state=_("Refunded %(date)s") % {"date": format_date(day, language)},
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[_refund_section(each, language, is_only=is_only) for each in refunds],
        closing=_keep(business, language),
        reason=reason_for(business, language),
    )


def _left_after_refund(invoice: Invoice, language: str) -> str:
    _ = translations_for(language).gettext
    if not invoice.amount_due:
        return _("Nothing is left to pay.")
    due = format_money(invoice.money(invoice.amount_due), language)
    return _("%(amount)s of this invoice is open again. Not expected? Ask us.") % {"amount": due}


def _refund_section(refund: SentRefund, language: str, *, is_only: bool) -> Section:
    _ = translations_for(language).gettext
    invoice = refund.sent.invoice
    method = method_of(refund.sent.receipt.payment, language)
    rows = [Row(_("Refunded to"), method)] if method else []
    headline = None
    if not is_only:
        amount = format_money(invoice.money(refund.amount), language)
        headline = Headline(
            heading=_("Invoice %(number)s") % {"number": invoice.number}, amount=amount
        )
        left = format_money(invoice.money(invoice.amount_due), language)
        rows.append(Row(_("Left to pay on this invoice"), left))
    return Section(headline=headline, button=_see_invoice(refund.sent.link, language), rows=rows)


def failure_body(
    amount: int, checkout: Checkout, invoices: Sequence[InvoiceFacts], business: Business
) -> EmailBody:
    """Return the e-mail about a payment that has failed, with the ways to pay again.

    `amount` is in minor units. Invoices that aren't shared have an empty link.
    """
    facts = invoices[0]
    invoice, language = facts.invoice, facts.language
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    failed = format_money(invoice.money(amount), language)
    message = f"{_what_failed(checkout, facts)}\n\n{_what_to_do(invoices)}"
    is_only = len(invoices) == 1
    subject = _("Payment failed: invoice %(number)s from %(business)s")
    if not is_only:
        subject = _("Payment failed: your payment to %(business)s")
    heading = _("Invoice %(number)s") if is_only else _("Your payment to %(business)s")
    return EmailBody(
        subject=subject % named,
        preheader=_("%(amount)s did not arrive.") % {"amount": failed},
        headline=Headline(
            heading=heading % named,
            amount=failed,
            state=_("Payment failed"),
            tone=Tone.BAD,
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[_failure_section(each, is_only=is_only) for each in invoices],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )


def _failure_section(facts: InvoiceFacts, *, is_only: bool) -> Section:
    _ = translations_for(facts.language).gettext
    heading = _("Invoice %(number)s") % {"number": facts.invoice.number}
    button, *links = facts.links if facts.link else (None,)
    return Section(
        headline=None if is_only else facts.headline(heading),
        button=button,
        links=links,
        transfer=facts.transfer,
    )


def _what_failed(checkout: Checkout, facts: InvoiceFacts) -> str:
    language = facts.language
    _ = translations_for(language).gettext
    started = checkout.started_at or checkout.created_at
    day = started.astimezone(ZoneInfo(facts.invoice.company.time_zone)).date()
    reason = failure_reason(checkout.failure_code, language)
    values = {"date": format_date(day, language), "reason": reason}
    if reason is None:
        return _("Your payment from %(date)s did not go through. Nothing was taken.") % values
    return _("Your bank returned the debit from %(date)s: %(reason)s. Nothing was taken.") % values


def _what_to_do(invoices: Sequence[InvoiceFacts]) -> str:
    due = [facts for facts in invoices if facts.invoice.amount_due]
    _ = translations_for(invoices[0].language).gettext
    if not due:
        return _("Nothing is left to pay.")
    facts = due[0]
    if len(due) > 1 or facts.due_date is None or facts.days_overdue > 0:
        return _("Please pay again.")
    return _("Please pay again by %(date)s.") % {
        "date": format_date(facts.due_date, facts.language)
    }


def _see_invoice(link: str | None, language: str) -> Link | None:
    _ = translations_for(language).gettext
    return Link(_("See the invoice"), link) if link else None


def _keep(business: Business, language: str) -> str:
    _ = translations_for(language).gettext
    keep = _("Keep this e-mail for your records.")
    return " ".join(filter(None, (keep, closing_of(business, language))))
