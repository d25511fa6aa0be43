"""The e-mails about payments: receipts, refunds, and payments that failed days later."""

from zoneinfo import ZoneInfo

from i18n.documents import Row
from i18n.formatting import format_date, format_money
from i18n.payments import failure_reason, method_of
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Section, Tone
from models import Checkout, CheckoutShare, Reversal
from services.billing.receipts import Receipt
from services.email.bodies.invoices import InvoiceFacts
from services.email.bodies.parts import closing_of, greeting_for, reason_for


def receipt_body(receipt: Receipt, business: Business, link: str | None) -> EmailBody:
    """Return the e-mail with a receipt. `link` leads to the invoice; None if it isn't shared."""
    invoice, language = receipt.invoice, receipt.invoice.written_in
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    amount = format_money(invoice.money(receipt.payment.amount), language)
    message = _("Thank you, your payment has arrived. Your receipt is attached.")
    return EmailBody(
        subject=_("Receipt: invoice %(number)s from %(business)s") % named,
        preheader=_("We received %(amount)s. Thank you.") % {"amount": amount},
        headline=Headline(
            heading=_("Receipt for invoice %(number)s") % named,
            amount=amount,
            state=_("Paid %(date)s") % {"date": format_date(receipt.paid_on, language)},
            tone=Tone.GOOD,
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[
            Section(button=_see_invoice(link, language), rows=_receipt_rows(receipt, language))
        ],
        closing=_keep(business, language),
        reason=reason_for(business, language),
    )


def _receipt_rows(receipt: Receipt, language: str) -> list[Row]:
    invoice = receipt.invoice
    _ = translations_for(language).gettext
    method = method_of(receipt.payment, language)
    rows = [Row(_("Paid with"), method)] if method else []
    rows.append(Row(_("Invoice total"), format_money(invoice.money(invoice.total), language)))
    left = format_money(invoice.money(invoice.amount_due), language)
    return [*rows, Row(_("Left to pay on this invoice"), left)]


def refund_body(
    receipt: Receipt, refund: Reversal, business: Business, link: str | None
) -> EmailBody:
    """Return the e-mail about a refund of the payment that `receipt` is for."""
    invoice, language = receipt.invoice, receipt.invoice.written_in
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    amount = format_money(invoice.money(refund.amount), language)
    day = refund.at.astimezone(ZoneInfo(invoice.company.time_zone)).date()
    due = format_money(invoice.money(invoice.amount_due), language)
    refunded = _("We refunded %(amount)s of your payment. Banks take 5 to 10 days to show it.")
    open_again = _("%(amount)s of this invoice is open again. Not expected? Ask us.")
    nothing_left = _("Nothing is left to pay.")
    left = open_again % {"amount": due} if invoice.amount_due else nothing_left
    message = f"{refunded % {'amount': amount}}\n\n{left}"
    method = method_of(receipt.payment, language)
    return EmailBody(
        subject=_("Refund: invoice %(number)s from %(business)s") % named,
        preheader=refunded % {"amount": amount},
        headline=Headline(
            heading=_("Invoice %(number)s") % named,
            amount=amount,
            state=_("Refunded %(date)s") % {"date": format_date(day, language)},
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[
            Section(
                button=_see_invoice(link, language),
                rows=[Row(_("Refunded to"), method)] if method else [],
            )
        ],
        closing=_keep(business, language),
        reason=reason_for(business, language),
    )


def failure_body(
    share: CheckoutShare, checkout: Checkout, facts: InvoiceFacts, business: Business
) -> EmailBody:
    """Return the e-mail about a payment that has failed, with the ways to pay again.

    `facts` have an empty link if the invoice isn't shared.
    """
    invoice, language = facts.invoice, facts.language
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    amount = format_money(invoice.money(share.amount), language)
    message = f"{_what_failed(checkout, facts)}\n\n{_what_to_do(facts)}"
    button, *links = facts.links if facts.link else (None,)
    return EmailBody(
        subject=_("Payment failed: invoice %(number)s from %(business)s") % named,
        preheader=_("%(amount)s did not arrive.") % {"amount": amount},
        headline=Headline(
            heading=_("Invoice %(number)s") % named,
            amount=amount,
            state=_("Payment failed"),
            tone=Tone.BAD,
        ),
        greeting=greeting_for(invoice.buyer.name, message, language),
        message=message,
        sections=[Section(button=button, links=links, transfer=facts.transfer)],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
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


def _what_to_do(facts: InvoiceFacts) -> str:
    _ = translations_for(facts.language).gettext
    if not facts.invoice.amount_due:
        return _("Nothing is left to pay.")
    if facts.due_date is None or facts.days_overdue > 0:
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
