"""The MIME message of an e-mail: rendered text, HTML and headers."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from core.colors import readable, readable_on
from i18n.templates import templates
from integrations.mail.addresses import mailbox
from integrations.mail.contents import Attachment, EmailContent, LogoImage
from integrations.mail.headers import HEADERS, FileTypeHeader
from models import MailCategory

_HERE: Final = Path(__file__).parent
_SEVEN_BITS: Final = "quoted-printable"
"""Not every server on the way accepts 8-bit content (RFC 6152)."""
_LIST_NAMES: Final = {
    MailCategory.DOCUMENT: "documents",
    MailCategory.REMINDER: "reminders",
    MailCategory.MARKETING: "announcements",
}
_CARD: Final = "#ffffff"
_DARK_CARD: Final = "#171b22"
_MAX_LOGO: Final = (180, 36)
"""The largest size of a logo, in CSS pixels."""
_LONG_AMOUNT: Final = 15
"""Amounts with at least this many characters are written smaller, to fit on a phone."""


def compose(email: EmailContent, mail_from: str, now: datetime) -> EmailMessage:
    """Return the message: text and HTML, the headers of RFC 8058, and the attachments."""
    message = EmailMessage(policy=SMTP.clone(header_factory=HEADERS))
    _address(message, email, mail_from)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_public_id(email.id)}@{_domain(mail_from)}>"
    message["Subject"] = _literal(email.body.subject)
    _describe_origin(message, email)
    _describe_list(message, email, mail_from)
    message.set_content(_render(email, "email.txt"), cte=_SEVEN_BITS)
    message.add_alternative(render_html(email), subtype="html", cte=_SEVEN_BITS)
    for attachment in email.attachments:
        _attach(message, attachment)
    return message


def render_html(email: EmailContent) -> str:
    """Return the HTML of an e-mail, without its headers."""
    return _render(email, "email.html")


def render_text(email: EmailContent) -> str:
    """Return the plain text of an e-mail, for a preview."""
    return _render(email, "email.txt")


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


def _describe_origin(message: EmailMessage, email: EmailContent) -> None:
    """Keep out-of-office replies away.

    Only what no person has sent says that it is automatic (RFC 3834 5), because the ticket systems
    of accounts departments drop such e-mails. The other header is Microsoft's ([MS-OXCMAIL]).
    """
    if email.is_automatic:
        message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"


def _describe_list(message: EmailMessage, email: EmailContent, mail_from: str) -> None:
    """Set the list headers, and how to unsubscribe (RFC 2369, RFC 2919, RFC 8058)."""
    if email.category is None:
        return
    name = _LIST_NAMES[email.category]
    list_id = f"{name}.{_public_id(email.company.id)}.{_domain(mail_from)}"
    message["List-Id"] = f"<{list_id}>"
    message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _public_id(row_id: UUID) -> str:
    """Return what stands for a row in headers: always the same, and not the id itself."""
    return sha256(row_id.bytes).hexdigest()[:32]


def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2]


# --- attachments ----------------------------------------------------------------------------------


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    media_type, filename = attachment.media_type, attachment.filename
    kind, _, subkind = media_type.partition("/")
    message.add_attachment(attachment.content, maintype=kind, subtype=subkind, filename=filename)
    [*_, part] = message.iter_attachments()
    part.replace_header("Content-Type", FileTypeHeader.of(media_type, filename))


# --- text and HTML --------------------------------------------------------------------------------


def _render(email: EmailContent, name: str) -> str:
    accent = email.company.accent
    template = templates(_HERE / "templates", email.language).get_template(name)
    return template.render(
        business=email.business,
        body=email.body,
        logo=_fit(email.logo) if email.logo else None,
        accent=accent,
        on_accent=readable_on(accent),
        link_color=readable(accent, _CARD),
        dark_link_color=readable(accent, _DARK_CARD),
        dark_card=_DARK_CARD,
        long_amount=_LONG_AMOUNT,
        preferences_url=email.preferences_url,
    )


def _fit(logo: LogoImage) -> LogoImage:
    """Return the logo with the size at which it is shown, in its true proportions."""
    width, height = _MAX_LOGO
    scale = min(1, width / logo.width, height / logo.height)
    return LogoImage(
        url=logo.url,
        width=max(1, round(logo.width * scale)),
        height=max(1, round(logo.height * scale)),
    )
