"""A company's own words for its e-mails, for each kind and language.

They may have placeholders such as `{number}`. Where the value of one is missing, as in a reminder
of several invoices, the e-mail has the standard words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Text, gather_refusals
from i18n.formatting import format_date
from i18n.locales import text_language
from i18n.translations import normalize_language
from integrations.mail.contents import EmailBody
from models import AuditAction, Company, EmailText, EmailTextKind, Invoice, MailKind, Quote
from models.companies import today_of
from services.common import audit_log
from services.common.validation import clean_optional
from services.email.bodies.parts import greeting_for
from services.ledger.document_numbers import Document

MAX_SUBJECT: Final = 200
MAX_MESSAGE: Final = 2000
PLACEHOLDERS: Final[Mapping[EmailTextKind, Sequence[str]]] = {
    EmailTextKind.INVOICE: ("number", "amount", "due_date", "customer"),
    EmailTextKind.QUOTE: ("number", "amount", "valid_until", "customer"),
    EmailTextKind.CREDIT_NOTE: ("number", "amount", "customer"),
    EmailTextKind.REMINDER: ("number", "amount", "due_date", "customer"),
    EmailTextKind.OVERDUE_REMINDER: ("number", "amount", "due_date", "customer"),
    EmailTextKind.RECEIPT: ("number", "amount", "customer"),
    EmailTextKind.REFUND: ("number", "amount", "customer"),
    EmailTextKind.PAYMENT_FAILED: ("number", "amount", "due_date", "customer"),
}
_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}|[{}]")
_MAX_FILLED_SUBJECT: Final = 250
"""Characters of a subject. Customers' names can be long."""


@dataclass(frozen=True, slots=True)
class OwnText:
    """A company's own subject and message of an e-mail. None stands for the standard one."""

    subject: str | None
    message: str | None


_STANDARD: Final = OwnText(None, None)


def clean_text(kind: EmailTextKind, text: OwnText) -> OwnText:
    """Return the text as it is stored. Raises BadInput, also for an unknown placeholder."""
    with gather_refusals() as refusals:
        subject = refusals.of(clean_optional, text.subject, "subject", most=MAX_SUBJECT)
        message = refusals.of(
            clean_optional, text.message, "message", most=MAX_MESSAGE, multiline=True
        )
        refusals.of(_check_placeholders, kind, subject, "subject")
        refusals.of(_check_placeholders, kind, message, "message")
    return OwnText(subject, message)


def _check_placeholders(kind: EmailTextKind, text: str | None, field: str) -> None:
    known = PLACEHOLDERS[kind]
    for found in _PLACEHOLDER.finditer(text or ""):
        if found[1] not in known:
            raise BadInput(
                Text(
                    "%(unknown)s isn't a placeholder here. Use %(known)s.",
                    unknown=found[0],
                    known=", ".join(f"{{{name}}}" for name in known),
                ),
                field=field,
            )


def clean_text_language(language: str | None, company: Company) -> str:
    """Return a language with texts, or the company's, without its territory. Raises BadInput."""
    tag = company.language if language is None else normalize_language(language, "language")
    return text_language(tag)


@transactional
async def set_email_text(
    staff: Staff, kind: EmailTextKind, language: str | None, text: OwnText
) -> EmailText | None:
    """Set the company's own text, and return it; None if both parts are the standard ones now.

    Raises BadInput.
    """
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    base, cleaned = clean_text_language(language, company), clean_text(kind, text)
    row = await EmailText.get_or_none(company_id=company.id, kind=kind, language=base)
    if cleaned == _text_of(row):
        return row
    await audit_log.note(staff, AuditAction.EMAIL_TEXT_CHANGED, company.id, f"{kind} {base}")
    if cleaned == _STANDARD:
        await EmailText.filter(company_id=company.id, kind=kind, language=base).delete()
        return None
    row = row or EmailText(company_id=company.id, kind=kind, language=base)
    row.update_from_dict({"subject": cleaned.subject, "message": cleaned.message})
    await row.save()
    return row


def _text_of(row: EmailText | None) -> OwnText:
    return OwnText(row.subject, row.message) if row else _STANDARD


async def own_text(company: Company, kind: EmailTextKind, language: str) -> OwnText:
    """Return the company's own text for e-mails in `language`, also one with a territory."""
    base = text_language(language)
    return _text_of(await EmailText.get_or_none(company_id=company.id, kind=kind, language=base))


def text_kind_of(kind: MailKind, documents: Sequence[Document]) -> EmailTextKind | None:
    """Return which own text an e-mail about `documents` has; None if it has none."""
    if kind is MailKind.REMINDER:
        [first, *_] = documents
        assert isinstance(first, Invoice)
        is_overdue = first.is_overdue(today_of(first.company))
        return EmailTextKind.OVERDUE_REMINDER if is_overdue else EmailTextKind.REMINDER
    return EmailTextKind(kind.value) if kind.value in EmailTextKind.__members__ else None


def with_own_text(
    body: EmailBody, text: OwnText, documents: Sequence[Document], *, keeps_message: bool
) -> EmailBody:
    """Return the e-mail with the company's own subject and message.

    With `keeps_message` it keeps the message that a person has written for it.
    """
    values = _values_of(body, documents)
    subject = _fill(text.subject, values)
    message = None if keeps_message else _fill(text.message, values)
    if subject:
        body = replace(body, subject=subject[:_MAX_FILLED_SUBJECT])
    if message:
        first = documents[0]
        greeting = greeting_for(first.buyer.name, message, first.written_in)
        body = replace(body, message=message, greeting=greeting)
    return body


def _values_of(body: EmailBody, documents: Sequence[Document]) -> Mapping[str, str | None]:
    """Return the value of each placeholder. The amount is the one that the e-mail is about."""
    first = documents[0]
    if len(documents) > 1:
        return {"customer": first.buyer.name}
    language = first.written_in
    due_date = first.due_date if isinstance(first, Invoice) else None
    valid_until = first.valid_until if isinstance(first, Quote) else None
    return {
        "customer": first.buyer.name,
        "number": first.number,
        "amount": body.headline.amount if body.headline else None,
        "due_date": format_date(due_date, language) if due_date else None,
        "valid_until": format_date(valid_until, language) if valid_until else None,
    }


def _fill(text: str | None, values: Mapping[str, str | None]) -> str | None:
    """Return `text` with its placeholders filled in; None if the value of one is missing."""
    if text is None or any(not values.get(name) for name in _PLACEHOLDER.findall(text)):
        return None
    return _PLACEHOLDER.sub(lambda found: values[found[1]] or "", text)
