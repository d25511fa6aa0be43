"""What an e-mail says, before it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models import Company, MailKind


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail of a company to one address; `values` are what the kind's template speaks of."""

    id: UUID
    """Names it for good: the same letter sent again is the same mail to who receives both."""
    kind: MailKind
    company: Company
    recipient: str
    language: str
    preferences_url: str
    unsubscribe_url: str
    logo_url: str | None
    values: Mapping[str, object]
    attachments: tuple[Attachment, ...] = ()
