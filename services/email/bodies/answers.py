"""The e-mail with the answer to a client's question."""

from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Headline, Link, Section
from models import Answer, CreditNote, Invoice, Question, Quote
from services.email.bodies.parts import closing_of, greeting_for, reason_for
from services.ledger.document_numbers import Document


def answer_body(
    answer: Answer, question: Question, document: Document, business: Business, link: str | None
) -> EmailBody:
    """Return the e-mail with an answer. `link` leads to the thread; None if nothing is shared."""
    language = document.written_in
    _ = translations_for(language).gettext
    heading = _heading(document, language)
    named = {"document": heading, "business": business.name}
    asked = _("You asked: %(question)s") % {"question": question.text}
    button = Link(_("See the conversation"), link) if link else None
    return EmailBody(
        subject=_("Answer: %(document)s from %(business)s") % named,
        preheader=" ".join(answer.text.split())[:120],
        headline=Headline(heading=heading, state=_("Answer to your question")),
        greeting=greeting_for(question.name, answer.text, language),
        message=answer.text,
        sections=[Section(button=button, notes=[asked])],
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
