"""The e-mail with the answer to a client's question."""

from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Section
from models import Answer, CreditNote, Invoice, Question, Quote
from services.email.bodies.parts import closing_of, greeting_for, reason_for
from services.ledger.document_numbers import Document


def answer_body(
    answer: Answer, asked: Question | None, document: Document, business: Business, link: str | None
) -> EmailBody:
    """Return the e-mail with an answer, which names who asked and quotes the question.

    It does neither if `asked` is None. `link` leads to the thread; None if nothing is shared.
    """
    language = document.written_in
    _ = translations_for(language).gettext
    heading = _heading(document, language)
    named = {"document": heading, "business": business.name}
    greeting, notes = None, []
    if asked is not None:
        greeting = greeting_for(asked.name, answer.text, language)
        notes = [_("You asked: %(question)s") % {"question": asked.text}]
    button = Link(_("See the conversation"), link) if link else None
    return EmailBody(
        subject=_("Answer: %(document)s from %(business)s") % named,
        preheader=" ".join(answer.text.split())[:120],
        headline=Headline(heading=heading, state=_("Answer to your question")),
        greeting=greeting,
        message=answer.text,
        sections=[Section(button=button, notes=notes)],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )


def _heading(document: Document, language: str) -> str:
    _ = translations_for(language).gettext
    number = {"number": document.label}
    match document:
        case Invoice():
            return _("Invoice %(number)s") % number
        case Quote():
            return _("Quote %(number)s") % number
        case CreditNote():
            return _("Credit note %(number)s") % number
