"""The e-mail with a credit note."""

from collections.abc import Sequence
from dataclasses import replace

from i18n.documents import corrects_invoice
from i18n.formatting import format_money
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Tone
from models import CreditNote
from models.documents import DocumentLine
from services.email.bodies.parts import closing_of, greeting_for, reason_for, summary_of


def credit_note_body(
    note: CreditNote,
    lines: Sequence[DocumentLine],
    business: Business,
    message: str | None,
    link: str,
) -> EmailBody:
    """Return the e-mail with a credit note that was fetched with the invoice that it corrects.

    The business's own `message` replaces the standard one.
    """
    language = note.written_in
    _ = translations_for(language).gettext
    named = {"number": note.number, "business": business.name}
    total = format_money(note.money(note.total), language)
    text = message or _("Here is your credit note %(number)s from %(business)s.") % named
    summary = summary_of(note, lines)
    return EmailBody(
        subject=_("Credit note %(number)s from %(business)s") % named,
        preheader=_("%(amount)s. The PDF is attached.") % {"amount": total},
        headline=Headline(
            heading=_("Credit note %(number)s") % named,
            amount=total,
            state=corrects_invoice(note.invoice, language) if note.invoice else None,
            tone=Tone.GOOD,
        ),
        greeting=greeting_for(note.buyer.name, text, language),
        message=text,
        sections=[
            replace(
                summary,
                button=Link(_("See credit note"), link),
                notes=[*([note.reason] if note.reason else []), *summary.notes],
            )
        ],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )
