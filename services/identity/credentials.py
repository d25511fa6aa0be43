"""Credentials as they are handed out."""

from dataclasses import dataclass

from models import Credential


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential with its secret, which is shown once and never stored."""

    secret: str
    credential: Credential
