"""The request that is being handled: its id, and what it turns out to be about."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(slots=True)
class RequestNotes:
    """What is known so far, for the line in the log with which the request ends."""

    request_id: str
    ip: str | None = None
    """The client's address."""
    company_id: UUID | None = None
    """The company of the credential or of the link."""
    operation: str | None = None
    """The name of the GraphQL operation, or how it begins."""


_MAX_OPERATION: Final = 100
"""Characters of an operation's name, which is the client's choice."""
_NOTES: Final[ContextVar[RequestNotes | None]] = ContextVar("request_notes", default=None)


def gather(request_id: str) -> RequestNotes:
    """Return the notes that this task, and those it starts, take until `end`."""
    notes = RequestNotes(request_id)
    _NOTES.set(notes)
    return notes


def end() -> None:
    """Let this task take no more notes, because the request has been handled."""
    _NOTES.set(None)


def request_id() -> str:
    """Return the id of the request, which the log and the response have; "" outside of one."""
    notes = _NOTES.get()
    return notes.request_id if notes else ""


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
