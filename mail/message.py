"""A letter put into words and headers: the message as it travels."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from language.templates import templates
from mail.branding import DEFAULT_ACCENT, readable_on
from mail.letter import Letter
from models import MailCategory

_HERE: Final = Path(__file__).parent
_LIST_NAMES: Final = {
    MailCategory.DOCUMENT: "documents",
    MailCategory.REMINDER: "reminders",
    MailCategory.MARKETING: "announcements",
}


def compose(letter: Letter, mail_from: str, now: datetime) -> EmailMessage:
    """Return the message: text and HTML, the headers of RFC 8058, and what is attached."""
    message = EmailMessage(policy=SMTP)
    _address(message, letter, mail_from)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{_domain(mail_from)}>"
    message["Subject"] = _render(letter, "subject.txt").strip()
    _describe_list(message, letter, mail_from)
    message.set_content(_render(letter, "body.txt"))
    message.add_alternative(_render(letter, "body.html"), subtype="html")
    for attachment in letter.attachments:
        kind, _, subkind = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=kind, subtype=subkind, filename=attachment.filename
        )
    return message


def _address(message: EmailMessage, letter: Letter, mail_from: str) -> None:
    """Say who writes to whom. What is answered goes to the business, not to the portal."""
    company = letter.company
    message["From"] = Address(company.name, addr_spec=mail_from)
    message["To"] = Address(addr_spec=letter.recipient)
    if company.email:
        message["Reply-To"] = Address(company.name, addr_spec=company.email)


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
    accent = letter.company.accent_color or DEFAULT_ACCENT
    template = templates(_HERE / "templates", letter.language).get_template(
        f"{letter.kind.lower()}/{part}"
    )
    return template.render(
        business=letter.company,
        accent=accent,
        on_accent=readable_on(accent),
        preferences_url=letter.preferences_url,
        unsubscribe_url=letter.unsubscribe_url,
        **letter.values,
    )
