"""The MIME message of an e-mail: rendered text, HTML and headers."""

from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.colors import readable_on
from i18n.templates import templates
from integrations.mail.addresses import MailboxHeader, mailbox
from integrations.mail.contents import EmailContent
from models import MailCategory

_HERE: Final = Path(__file__).parent
_SEVEN_BITS: Final = "quoted-printable"
"""Not every server on the way accepts 8-bit content (RFC 6152)."""
_LIST_NAMES: Final = {
    MailCategory.DOCUMENT: "documents",
    MailCategory.REMINDER: "reminders",
    MailCategory.MARKETING: "announcements",
}


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that isn't folded, since RFC 2369 and RFC 2919 don't allow encoded words in it."""

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
for _name in ("list-id", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _Verbatim)
for _name in ("from", "to", "cc", "reply-to"):
    _HEADERS.map_to_type(_name, MailboxHeader)


def compose(email: EmailContent, mail_from: str, now: datetime) -> EmailMessage:
    """Return the message: text and HTML, the headers of RFC 8058, and the attachments."""
    message = EmailMessage(policy=SMTP.clone(header_factory=_HEADERS))
    _address(message, email, mail_from)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_public_id(email.id)}@{_domain(mail_from)}>"
    message["Subject"] = _literal(_render(email, "subject.txt").strip())
    _describe_list(message, email, mail_from)
    message.set_content(_render(email, "body.txt"), cte=_SEVEN_BITS)
    message.add_alternative(_render(email, "body.html"), subtype="html", cte=_SEVEN_BITS)
    for attachment in email.attachments:
        kind, _, subkind = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=kind, subtype=subkind, filename=attachment.filename
        )
    return message


def _address(message: EmailMessage, email: EmailContent, mail_from: str) -> None:
    """Set who the e-mail is from and to. Replies go to the business, not to the portal."""
    company = email.company
    name = _literal(company.name)
    message["From"] = mailbox(name, mail_from)
    message["To"] = mailbox("", email.addressee or email.recipient)
    if email.copies:
        message["Cc"] = [mailbox("", address) for address in email.copies]
    if company.email:
        message["Reply-To"] = mailbox(name, company.email)


def _literal(text: str) -> str:
    """Return `text` without anything that would be decoded as an encoded word (RFC 2047).

    An encoded word could hide a line break, and so another header. An invisible word joiner breaks
    it up.
    """
    return text.replace("=?", "=\N{WORD JOINER}?")


def _describe_list(message: EmailMessage, email: EmailContent, mail_from: str) -> None:
    """Set the list headers, and how to unsubscribe (RFC 2369, RFC 2919, RFC 8058)."""
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: prevents out-of-office replies
    category = email.kind.category
    if category is None:
        return
    name = _LIST_NAMES[category]
    list_id = f"{name}.{_public_id(email.company.id)}.{_domain(mail_from)}"
    message["List-Id"] = f"<{list_id}>"
    message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _public_id(row_id: UUID) -> str:
    """Return what stands for a row in headers: always the same, and not the id itself."""
    return sha256(row_id.bytes).hexdigest()[:32]


def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2]


def _render(email: EmailContent, part: str) -> str:
    accent = email.company.accent
    template = templates(_HERE / "templates", email.language).get_template(
        f"{email.kind.lower()}/{part}"
    )
    return template.render(
        business=email.business,
        accent=accent,
        on_accent=readable_on(accent),
        logo_url=email.logo_url,
        preferences_url=email.preferences_url,
        **email.values,
    )
