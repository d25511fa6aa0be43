"""What is announced of views that have been written, so that nobody has to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RecordedViews:
    """Views of a company that were written together, as they are in the database."""

    credentials_changed: int
    """The feed's counter when they were written."""
    views: Sequence[Mapping[str, Any]]
    """The rows of `invoice_view`, in the order of their sequences, which have no gaps."""
    invoices: Mapping[UUID, str]
    """The rows of their invoices, which count them, as PostgreSQL writes them as JSON."""
