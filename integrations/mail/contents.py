"""What an e-mail says, before it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models import Company, MailKind


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to an e-mail."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class EmailContent:
    """An e-mail from a company to one address. `values` are for the template of its kind."""

    id: UUID
    """The permanent id. If an e-mail is sent twice, mail programs can tell that it is the same."""
    kind: MailKind
    company: Company
    recipient: str
    language: str
    logo_url: str | None
    values: Mapping[str, object]
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
    """Both are None if the e-mail can't be turned off."""
    attachments: tuple[Attachment, ...] = ()
