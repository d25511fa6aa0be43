"""The e-mail with a quote."""

from collections.abc import Sequence
from dataclasses import replace

from i18n.formatting import format_date, format_money
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link
from models import Quote
from models.documents import DocumentLine
from services.email.bodies.parts import closing_of, greeting_for, reason_for, summary_of


def quote_body(
    quote: Quote,
    lines: Sequence[DocumentLine],
    business: Business,
    message: str | None,
    link: str,
) -> EmailBody:
    """Return the e-mail with a quote. The business's own `message` replaces the standard one."""
    language = quote.written_in
    _ = translations_for(language).gettext
    named = {"number": quote.number, "business": business.name}
    total = format_money(quote.money(quote.total), language)
    text = message or _("Here is our quote %(number)s.") % named
    preheader, state = _("%(amount)s. The PDF is attached.") % {"amount": total}, None
    if quote.valid_until:
        day = {"amount": total, "date": format_date(quote.valid_until, language)}
        preheader = _("%(amount)s, valid until %(date)s. The PDF is attached.") % day
        state = _("Valid until %(date)s") % day
    return EmailBody(
        subject=_("Quote %(number)s from %(business)s") % named,
        preheader=preheader,
        headline=Headline(heading=_("Quote %(number)s") % named, amount=total, state=state),
        greeting=greeting_for(quote.buyer.name, text, language),
        message=text,
        sections=[replace(summary_of(quote, lines), button=Link(_("See quote"), link))],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )
