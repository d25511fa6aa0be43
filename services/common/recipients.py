"""Whose addresses e-mails about a customer's documents and payments go to."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from errors import BadInput
from models import Customer, MailCategory, MailKind
from services.common.validation import normalize_address, written_recipient


@dataclass(frozen=True, slots=True)
class CopiedAddress:
    """Where a copy goes."""

    written: str
    """As it was entered."""
    is_blind: bool = False
    """Whether the other recipients don't see it."""

    def columns(self, address: str) -> dict[str, Any]:
        """Return the columns of a delivery to it; `address` is its normalized form."""
        return {
            "recipient": address,
            "written_recipient": written_recipient(address, self.written),
            "is_blind_copy": self.is_blind,
        }


def copied_addresses(
    kind: MailKind, customer: Customer, extra: Sequence[str] = ()
) -> dict[str, CopiedAddress]:
    """Return where copies go, by normalized address: documents have them, reminders don't.

    They go to the customer's further addresses, the `extra` ones of one e-mail, and blindly to the
    company's archive. An address that nothing can be sent to is left out. Needs the customer's
    company.
    """
    if kind.category is not MailCategory.DOCUMENT:
        return {}
    archive = customer.company.archive_email
    blind = _normalized([archive] if archive else [])
    seen = _normalized([*customer.copy_addresses, *extra])
    return {
        **{address: CopiedAddress(written, is_blind=True) for address, written in blind.items()},
        **{address: CopiedAddress(written) for address, written in seen.items()},
    }


def own_addresses(customer: Customer) -> dict[str, str]:
    """Return the customer's address and those for copies, as written, by their normalized form."""
    own = [customer.email] if customer.email else []
    return _normalized([*own, *customer.copy_addresses])


def _normalized(addresses: Iterable[str]) -> dict[str, str]:
    """Return each address once, as it is written first, by its normalized form."""
    written_by_address: dict[str, str] = {}
    for written in addresses:
        with suppress(BadInput):
            written_by_address.setdefault(normalize_address(written), written)
    return written_by_address
