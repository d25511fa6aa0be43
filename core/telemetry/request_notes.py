"""What a request turns out to be about, for the line in the log with which it ends."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(slots=True)
class RequestNotes:
    """What is known so far."""

    ip: str | None = None
    """The client's address."""
    company_id: UUID | None = None
    """The company of the credential or of the link."""
    operation: str | None = None
    """The name of the GraphQL operation, or how it begins."""


_MAX_OPERATION: Final = 100
"""Characters of an operation's name, which is the client's choice."""
_NOTES: Final[ContextVar[RequestNotes | None]] = ContextVar("request_notes", default=None)


def gather() -> RequestNotes:
    """Return the notes that this task, and those it starts, take from now on."""
    notes = RequestNotes()
    _NOTES.set(notes)
    return notes


def note_client(ip: str | None) -> None:
    """Note where the request comes from."""
    if notes := _NOTES.get():
        notes.ip = ip


def note_company(company_id: UUID) -> None:
    """Note whose data the request is about."""
    if notes := _NOTES.get():
        notes.company_id = company_id


def note_operation(name: str | None) -> None:
    """Note the name of the operation, if it has one."""
    if notes := _NOTES.get():
        notes.operation = name and name[:_MAX_OPERATION]
