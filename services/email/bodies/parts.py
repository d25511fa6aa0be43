"""Parts that the e-mails have in common: greeting, lines and sums, and how to ask."""

import re
from collections.abc import Sequence
from typing import Final

from i18n.documents import DocumentView, LineTexts, Row
from i18n.formatting import format_count, format_money
from i18n.translations import translations_for
from integrations.mail.contents import Business, Section
from models import Invoice
from models.documents import DocumentLine, PricedDocument

MAX_ATTACHMENTS: Final = 10
"""PDFs in one e-mail. Many mail servers take 25 MB at most."""
_MAX_LINES: Final = 5
"""Lines of a document that an e-mail lists. If there are more, the last one stands for the rest."""
_MAX_DESCRIPTION: Final = 120
"""Characters of a line's description. The PDF has all of it."""
_MAX_GREETING: Final = 80
"""Characters of a line that may be a greeting."""
_GREETING_ENDS: Final = re.compile(
    r"[,!様\N{ARABIC COMMA}\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH EXCLAMATION MARK}]$"
)
_SENTENCE_ENDS: Final = re.compile(
    r"[.?;…\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}]$"
)


def greeting_for(name: str, message: str, language: str) -> str | None:
    """Return the greeting of an e-mail to `name`; None if its message begins with one."""
    if begins_with_greeting(message):
        return None
    _ = translations_for(language).gettext
    return _("Hello %(name)s,") % {"name": name}


def begins_with_greeting(message: str) -> bool:
    """Whether the first line of a message greets: a short one that doesn't end like a sentence.

    Without a comma or the like, it must be a paragraph of its own.
    """
    first, _, rest = message.strip().partition("\n")
    first = first.rstrip()
    if not rest.strip() or len(first) > _MAX_GREETING:
        return False
    if _GREETING_ENDS.search(first):
        return True
    return rest.startswith("\n") and not _SENTENCE_ENDS.search(first)


def closing_of(business: Business, language: str) -> str | None:
    """Return how to ask; None if the business doesn't get the replies."""
    _ = translations_for(language).gettext
    return _("Just reply to this e-mail if you have a question.") if business.email else None


def reason_for(business: Business, language: str) -> str:
    """Return why the recipient gets e-mails of the business."""
    _ = translations_for(language).gettext
    return _("You get this because %(business)s does business with you.") % {
        "business": business.name
    }


def summary_of(document: PricedDocument, lines: Sequence[DocumentLine]) -> Section:
    """Return what a document refers to, its first lines, and how its total comes about."""
    view, language = DocumentView.of(document, lines), document.written_in
    _ = translations_for(language).gettext
    return Section(
        facts=view.references,
        rows=[*_line_rows(document, view, lines), *view.subtotals],
        total=Row(_("Total"), view.total),
        after_total=[*view.included_taxes, *_settled_rows(document)],
        notes=view.tax_reasons,
    )


def _line_rows(
    document: PricedDocument, view: DocumentView, lines: Sequence[DocumentLine]
) -> list[Row]:
    shown = len(lines) if len(lines) <= _MAX_LINES else _MAX_LINES - 1
    language = document.written_in
    rows = [
        Row(_describe(line, texts, language), texts.amount)
        for line, texts in zip(lines[:shown], view.lines[:shown], strict=True)
    ]
    if rest := lines[shown:]:
        translations = translations_for(language)
        more = translations.ngettext("%(num)s more line", "%(num)s more lines", len(rest))
        amount = document.money(sum(line.amount for line in rest))
        count = format_count(len(rest), language)
        rows.append(Row(more % {"num": count}, format_money(amount, language)))
    return rows


def _describe(line: DocumentLine, texts: LineTexts, language: str) -> str:
    description = texts.description
    if len(description) > _MAX_DESCRIPTION:
        description = f"{description[: _MAX_DESCRIPTION - 1].rstrip()}…"
    if line.unit is None and line.quantity == 1:
        return description
    _ = translations_for(language).gettext
    parts = {"description": description, "quantity": texts.quantity}
    return _("%(description)s, %(quantity)s") % parts


def _settled_rows(document: PricedDocument) -> list[Row]:
    """Return what was paid on an invoice, and what is left; nothing for what nobody has paid on."""
    if not isinstance(document, Invoice) or not document.amount_paid:
        return []
    _ = translations_for(document.written_in).gettext

    def row(label: str, minor: int) -> Row:
        return Row(label, format_money(document.money(minor), document.written_in))

    return [
        row(_("Amount paid"), -document.amount_paid),
        row(_("Amount due"), document.amount_due),
    ]
