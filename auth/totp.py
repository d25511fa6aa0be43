"""Second factors: the codes of authenticator apps (RFC 6238), and recovery codes in their place."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP: Final = 30
"""Seconds for which an app shows a code."""
_STEPS: Final = (0, -1, 1)
"""Which steps' codes are taken: clocks differ, and people type slowly (RFC 6238 5.2)."""
_CODE: Final = re.compile(r"[0-9]{6}")
_ISSUER: Final = "Invotify"

RECOVERY_CODES: Final = 10
"""How many recovery codes a user gets."""
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters that nobody mistakes for each other."""
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 4


def new_secret() -> str:
    """Return a new secret of 160 bits (RFC 4226 4), in Base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str, company: str) -> str:
    """Return what an authenticator app reads from a QR code, with the account's name."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{email} ({company})", issuer_name=_ISSUER)


def clean_code(code: str) -> str:
    """Return a code as it is compared: without spaces and hyphens, in lower case."""
    return re.sub(r"[\s-]+", "", code).lower()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step at which an app shows the cleaned `code`, or None if it is wrong."""
    if not _CODE.fullmatch(code):
        return None
    current, totp = int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    steps = (current + offset for offset in _STEPS)
    matching = [each for each in steps if hmac.compare_digest(totp.generate_otp(each), code)]
    return matching[0] if matching else None


def new_recovery_codes() -> list[str]:
    """Return new recovery codes with 79 random bits each, in groups for reading."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Return the SHA-256 of a cleaned recovery code. It is random, so it needs no slow hash."""
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH))
