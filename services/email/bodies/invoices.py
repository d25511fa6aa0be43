"""The e-mail with an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from banking.transfers import BankTransfer
from i18n.formatting import format_date, format_money
from i18n.relative_times import describe_due_date
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Tone
from models import Company, Invoice
from models.companies import today_of
from models.documents import DocumentLine
from services.billing.bank_transfers import bank_transfer
from services.checkout.payment_options import offered_payment_options
from services.email.bodies.parts import closing_of, greeting_for, reason_for, summary_of
from settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """An invoice as an e-mail needs it, as of today where the company is."""

    invoice: Invoice
    language: str
    link: str
    pays_at_once: bool | None
    """Whether all that remains can be paid online at once; None if nothing can be."""
    days_overdue: int
    """Zero or less if it isn't overdue."""
    transfer: BankTransfer | None

    @classmethod
    def of(
        cls, invoice: Invoice, company: Company, language: str, link: str, settings: Settings
    ) -> Self:
        """Return the facts about `invoice`, whose page is at `link`."""
        options = offered_payment_options(invoice, company, settings)
        due_date = invoice.due_date
        return cls(
            invoice=invoice,
            language=language,
            link=link,
            pays_at_once=None if options is None else options.maximum == options.remaining,
            days_overdue=(today_of(company) - due_date).days if due_date else 0,
            transfer=bank_transfer(invoice),
        )

    @property
    def amount_due(self) -> str:
        """What is due."""
        return format_money(self.invoice.money(self.invoice.amount_due), self.language)

    @property
    def due_date(self) -> date | None:
        """When it is due."""
        return self.invoice.due_date

    def headline(self, heading: str) -> Headline:
        """Return what is true of the invoice."""
        if not self.invoice.is_open:
            _ = translations_for(self.language).gettext
            total = format_money(self.invoice.money(self.invoice.total), self.language)
            return Headline(heading=heading, amount=total, state=_("Paid"), tone=Tone.GOOD)
        return Headline(
            heading=heading,
            amount=self.amount_due,
            state=self._state,
            tone=Tone.BAD if self.days_overdue > 0 else Tone.INFO,
        )

    @property
    def _state(self) -> str | None:
        due = self.due_date
        if due is None:
            return None
        if self.days_overdue < 0:  # as a date, since an e-mail may be read on another day
            text = translations_for(self.language).gettext("Due %(date)s")
            return text % {"date": format_date(due, self.language)}
        return describe_due_date(due, due + timedelta(self.days_overdue), self.language)

    @property
    def links(self) -> tuple[Link, ...]:
        """What to do, the main thing first: pay if that is possible, and see it."""
        _ = translations_for(self.language).gettext
        see = Link(_("See invoice"), self.link)
        if self.pays_at_once is None:
            return (see,)
        remaining = format_money(self.invoice.money(self.invoice.remaining), self.language)
        label = _("Pay %(amount)s") % {"amount": remaining}
        return (Link(label if self.pays_at_once else _("Pay online"), f"{self.link}#pay"), see)


def invoice_body(
    facts: InvoiceFacts, lines: Sequence[DocumentLine], business: Business, message: str | None
) -> EmailBody:
    """Return the e-mail with an invoice. The business's own `message` replaces the standard one."""
    invoice, language = facts.invoice, facts.language
    _ = translations_for(language).gettext
    named = {"number": invoice.number, "business": business.name}
    text = message or _("Here is your invoice %(number)s from %(business)s.") % named
    button, *links = facts.links
    return EmailBody(
        subject=_("Invoice %(number)s from %(business)s") % named,
        preheader=_preheader(facts),
        headline=facts.headline(_("Invoice %(number)s") % named),
        greeting=greeting_for(invoice.buyer.name, text, language),
        message=text,
        sections=[
            replace(summary_of(invoice, lines), button=button, links=links, transfer=facts.transfer)
        ],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )


def _preheader(facts: InvoiceFacts) -> str:
    _ = translations_for(facts.language).gettext
    if not facts.invoice.is_open or facts.due_date is None:
        return _("%(amount)s. The PDF is attached.") % {"amount": facts.headline("").amount}
    return _("%(amount)s, due %(date)s. The PDF is attached.") % {
        "amount": facts.amount_due,
        "date": format_date(facts.due_date, facts.language),
    }
