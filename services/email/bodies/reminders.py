"""The reminder of one or several invoices."""

from collections.abc import Sequence

from i18n.documents import Row
from i18n.formatting import format_count, format_date, format_money
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Section
from services.email.bodies.invoices import InvoiceFacts
from services.email.bodies.parts import closing_of, greeting_for, reason_for


def reminder_body(
    invoices: Sequence[InvoiceFacts],
    business: Business,
    message: str | None,
    account_link: str | None,
) -> EmailBody:
    """Return the reminder of `invoices`, of which there is at least one.

    The business's own `message` replaces the standard one. `account_link` leads to all invoices.
    """
    first = invoices[0]
    language = first.language
    text = message or _message(invoices)
    sections = [_section(facts, is_only=len(invoices) == 1) for facts in invoices]
    if account_link:
        _ = translations_for(language).gettext
        sections.append(Section(links=[Link(_("See all your invoices"), account_link)]))
    return EmailBody(
        subject=reminder_subject(invoices, business),
        preheader=_preheader(first),
        headline=_headline(invoices),
        greeting=greeting_for(first.invoice.buyer.name, text, language),
        message=text,
        sections=sections,
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )


def reminder_subject(invoices: Sequence[InvoiceFacts], business: Business) -> str:
    """Return the subject: how late the invoice is, or how many there are."""
    first, count = invoices[0], len(invoices)
    translations = translations_for(first.language)
    if count > 1:
        text = translations.ngettext(
            "Reminder: %(num)s invoice from %(business)s",
            "Reminder: %(num)s invoices from %(business)s",
            count,
        )
        return text % {"num": format_count(count, first.language), "business": business.name}
    _ = translations.gettext
    if first.days_overdue > 0:
        text = _("Overdue: invoice %(number)s from %(business)s")
    elif first.due_date:
        text = _("Due soon: invoice %(number)s from %(business)s")
    else:
        text = _("Reminder: invoice %(number)s from %(business)s")
    return text % {"number": first.invoice.number, "business": business.name}


def _headline(invoices: Sequence[InvoiceFacts]) -> Headline:
    """Return what is true; amounts of several invoices are added in one currency only."""
    first, count = invoices[0], len(invoices)
    translations = translations_for(first.language)
    if count == 1:
        heading = translations.gettext("Reminder: invoice %(number)s")
        return first.headline(heading % {"number": first.invoice.number})
    heading = translations.ngettext(
        "Reminder: %(num)s invoice", "Reminder: %(num)s invoices", count
    ) % {"num": format_count(count, first.language)}
    if len({facts.invoice.currency for facts in invoices}) > 1:
        return Headline(heading=heading)
    total = first.invoice.money(sum(facts.invoice.amount_due for facts in invoices))
    return Headline(heading=heading, amount=format_money(total, first.language))


def _message(invoices: Sequence[InvoiceFacts]) -> str:
    _ = translations_for(invoices[0].language).gettext
    sentences = [_sentence(facts) for facts in invoices]
    sentences.append(_("If you have just sent the money, please ignore this e-mail."))
    return " ".join(sentences) if len(invoices) == 1 else "\n".join(sentences)


def _sentence(facts: InvoiceFacts) -> str:
    translations = translations_for(facts.language)
    number, due_date = facts.invoice.number, facts.due_date
    if due_date is None:
        text = translations.gettext("Invoice %(number)s hasn't been paid yet.")
        return text % {"number": number}
    day = format_date(due_date, facts.language)
    if facts.days_overdue <= 0:
        text = translations.gettext("Invoice %(number)s is due on %(date)s.")
        return text % {"number": number, "date": day}
    text = translations.ngettext(
        "Invoice %(number)s was due on %(date)s, %(num)s day ago.",
        "Invoice %(number)s was due on %(date)s, %(num)s days ago.",
        facts.days_overdue,
    )
    days = format_count(facts.days_overdue, facts.language)
    return text % {"number": number, "date": day, "num": days}


def _section(facts: InvoiceFacts, *, is_only: bool) -> Section:
    _ = translations_for(facts.language).gettext
    button, *links = facts.links
    invoice = facts.invoice
    return Section(
        headline=None
        if is_only
        else facts.headline(_("Invoice %(number)s") % {"number": invoice.number}),
        button=button,
        links=links,
        facts=_facts(facts),
        transfer=facts.transfer,
    )


def _facts(facts: InvoiceFacts) -> list[Row]:
    """Return when the invoice was issued, and how what is due on it comes about."""
    _ = translations_for(facts.language).gettext
    invoice = facts.invoice
    rows = []
    if invoice.issue_date:
        rows.append(Row(_("Issue date"), format_date(invoice.issue_date, facts.language)))
    rows.append(Row(_("Total"), format_money(invoice.money(invoice.total), facts.language)))
    if invoice.amount_paid:
        paid = format_money(invoice.money(-invoice.amount_paid), facts.language)
        rows.append(Row(_("Amount paid"), paid))
    return rows


def _preheader(facts: InvoiceFacts) -> str:
    if facts.due_date is None:
        return facts.amount_due
    _ = translations_for(facts.language).gettext
    text = _("%(amount)s, due %(date)s.")
    if facts.days_overdue > 0:
        text = _("%(amount)s was due on %(date)s.")
    return text % {
        "amount": facts.amount_due,
        "date": format_date(facts.due_date, facts.language),
    }
