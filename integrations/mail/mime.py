"""A letter put into words and headers: the message as it travels."""

from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from core.colors import readable_on
from i18n.templates import templates
from integrations.mail.addresses import MailboxHeader, mailbox
from integrations.mail.contents import Letter
from models import MailCategory

_HERE: Final = Path(__file__).parent
_SEVEN_BITS: Final = "quoted-printable"
"""Not every server on the way takes eight (RFC 6152)."""
_LIST_NAMES: Final = {
    MailCategory.DOCUMENT: "documents",
    MailCategory.REMINDER: "reminders",
    MailCategory.MARKETING: "announcements",
}


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that is not folded: RFC 2369 and RFC 2919 let no encoded word stand in it."""

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header in one line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
for _name in ("list-id", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Verbatim)
for _name in ("from", "to", "reply-to"):
    _HEADERS.map_to_type(_name, MailboxHeader)


def compose(letter: Letter, mail_from: str, now: datetime) -> EmailMessage:
    """Return the message: text and HTML, the headers of RFC 8058, and what is attached."""
    message = EmailMessage(policy=SMTP.clone(header_factory=_HEADERS))
    _address(message, letter, mail_from)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{_domain(mail_from)}>"
    message["Subject"] = _literal(_render(letter, "subject.txt").strip())
    _describe_list(message, letter, mail_from)
    message.set_content(_render(letter, "body.txt"), cte=_SEVEN_BITS)
    message.add_alternative(_render(letter, "body.html"), subtype="html", cte=_SEVEN_BITS)
    for attachment in letter.attachments:
        kind, _, subkind = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=kind, subtype=subkind, filename=attachment.filename
        )
    return message


def _address(message: EmailMessage, letter: Letter, mail_from: str) -> None:
    """Say who writes to whom. What is answered goes to the business, not to the portal."""
    company = letter.company
    name = _literal(company.name)
    message["From"] = mailbox(name, mail_from)
    message["To"] = mailbox("", letter.recipient)
    if company.email:
        message["Reply-To"] = mailbox(name, company.email)


def _literal(text: str) -> str:
    """Return `text` with nothing in it that would be decoded as an encoded word (RFC 2047).

    What is behind one could be a line break, and so another header. A word joiner, which nobody
    sees, takes it apart.
    """
    return text.replace("=?", "=\N{WORD JOINER}?")


def _describe_list(message: EmailMessage, letter: Letter, mail_from: str) -> None:
    """Say which list it belongs to, and how to leave it (RFC 2369, RFC 2919, RFC 8058)."""
    name = _LIST_NAMES[letter.kind.category]
    list_id = f"{name}.{letter.company.id}.{_domain(mail_from)}"
    message["List-Id"] = f"<{list_id}>"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no holiday replies, please


def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2]


def _render(letter: Letter, part: str) -> str:
    accent = letter.company.accent
    template = templates(_HERE / "templates", letter.language).get_template(
        f"{letter.kind.lower()}/{part}"
    )
    return template.render(
        business=letter.company,
        accent=accent,
        on_accent=readable_on(accent),
        logo_url=letter.logo_url,
        preferences_url=letter.preferences_url,
        **letter.values,
    )
