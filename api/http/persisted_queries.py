"""Automatic persisted queries: clients send a text once, and then only its SHA-256 digest.

https://www.apollographql.com/docs/apollo-server/performance/apq. Each process has its own store,
and looks for what it doesn't know among the texts that the processes share (core/shared_texts.py).
When nobody knows a digest, clients automatically send the text again.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from cross_web import HTTPException

from errors import ErrorCode

_MAX_LENGTH: Final = 2 * 1024**2
"""Characters of all texts."""
_MAX_LENGTH_PER_CLIENT: Final = 64 * 1024
"""Characters of the texts that one client sent first, so that it can't push out those of others."""
_MIN_LENGTH: Final = 200
"""Shorter texts count as this many characters, since they need memory, too."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class PersistedQueryRefused(HTTPException):
    """Tells a client to send the text. Clients recognize the message or the code.

    The status is 200, as for other GraphQL errors: some clients ignore the body of any other.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(200, message)
        self.code = code


class PersistedQueryNotFound(PersistedQueryRefused):
    """Tells a client that this process doesn't know the text with a digest."""

    def __init__(self, digest: str) -> None:
        super().__init__(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        self.digest = digest


def persisted_digest(extensions: Mapping[str, Any] | None) -> str | None:
    """Return the digest in `extensions`, or None without one.

    Raises PersistedQueryRefused if it is of an unknown kind.
    """
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    is_known = isinstance(digest, str) and _DIGEST.fullmatch(digest)
    if not is_known or persisted.get("version", 1) != 1:
        raise PersistedQueryRefused(
            ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"
        )
    return str(digest)


def text_of(digest: str, text: object) -> object:
    """Return the text with this digest, which is `text` if a client has sent that.

    Raises PersistedQueryNotFound if it isn't known, and 400 if `text` has another digest.
    """
    if text is None:
        known = PERSISTED_QUERIES.find(digest)
        if known is None:
            raise PersistedQueryNotFound(digest)
        return known
    if isinstance(text, str) and sha256(text.encode("utf-8", "replace")).hexdigest() != digest:
        raise HTTPException(400, "`persistedQuery.sha256Hash` isn't the digest of `query`.")
    return text


class PersistedQueries:
    """The texts that were used last. Each client may contribute some."""

    def __init__(
        self, max_length: int = _MAX_LENGTH, max_length_per_client: int = _MAX_LENGTH_PER_CLIENT
    ) -> None:
        self._max_length = max_length
        self._max_length_per_client = max_length_per_client
        self._texts: OrderedDict[str, tuple[str, str]] = OrderedDict()
        """By their digests, with the client that sent them first."""
        self._length = 0
        self._lengths: dict[str, int] = {}

    def find(self, digest: str) -> str | None:
        """Return the text with this digest, or None."""
        if digest not in self._texts:
            return None
        self._texts.move_to_end(digest)
        return self._texts[digest][0]

    def keep(self, digest: str, text: str, client: str) -> bool:
        """Keep a text that was executed. If a client sends too many, its own are dropped first.

        Returns whether it is new.
        """
        if digest in self._texts or len(text) > self._max_length_per_client:
            return False
        self._add(digest, text, client)
        while self._lengths[client] > self._max_length_per_client:
            self._forget(next(each for each, (_, by) in self._texts.items() if by == client))
        while self._length > self._max_length:
            self._forget(next(iter(self._texts)))
        return True

    def _add(self, digest: str, text: str, client: str) -> None:
        self._texts[digest] = text, client
        length = max(len(text), _MIN_LENGTH)
        self._length += length
        self._lengths[client] = self._lengths.get(client, 0) + length

    def _forget(self, digest: str) -> None:
        text, client = self._texts.pop(digest)
        length = max(len(text), _MIN_LENGTH)
        self._length -= length
        self._lengths[client] -= length
        if not self._lengths[client]:
            del self._lengths[client]


PERSISTED_QUERIES: Final = PersistedQueries()
"""The texts that this process has executed."""
