"""Proofs that somebody has just given a password, between the steps of signing in on pages."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from auth.signatures import Signatures
from models import User

PROOF_TTL: Final = timedelta(minutes=5)
_PROOF: Final = re.compile(
    r"([0-9]{1,12})\.([0-9a-f]{32}(?:-[0-9a-f]{32})*)\.([0-9a-f]{64})", re.ASCII
)


class SignInProofs:
    """Issues and checks proofs. They name the users, and end when a password changes."""

    def __init__(self, signatures: Signatures) -> None:
        self._signatures = signatures

    def issue(self, users: Sequence[User]) -> str:
        """Return a proof that somebody has given the password of `users`."""
        until = str(int((datetime.now(UTC) + PROOF_TTL).timestamp()))
        ids = "-".join(user.id.hex for user in users)
        return f"{until}.{ids}.{self._signatures.sign(_text(until, users))}"

    async def users_of(self, proof: str) -> list[User]:
        """Return the users of a proof, or none if it isn't valid any more."""
        match = _PROOF.fullmatch(proof)
        if match is None or int(match[1]) < datetime.now(UTC).timestamp():
            return []
        ids = [UUID(each) for each in match[2].split("-")]
        found = {user.id: user for user in await User.filter(id__in=ids)}
        users = [found[id_] for id_ in ids if id_ in found]
        return users if self._signatures.is_valid(match[3], _text(match[1], users)) else []


def _text(until: str, users: Sequence[User]) -> str:
    parts = [until, *(f"{user.id} {user.password_hash}" for user in users)]
    return f"password of {' '.join(parts)}"
