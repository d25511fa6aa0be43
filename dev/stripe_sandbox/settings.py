"""The sandbox's settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

API_VERSION: Final = "2026-10-28.endive"
"""The version of Stripe's API that the objects follow."""


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """A connected account that exists from the start."""

    id: str
    name: str
    charges_enabled: bool = True


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Addresses, secrets, accounts and times."""

    secret_key: str = "sk_test_sandbox"  # noqa: S105  # opens nothing but this sandbox
    base_url: str = "http://127.0.0.1:12111"
    """The start of its pages' URLs, without a slash at the end."""
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"  # noqa: S105  # signs nothing but this sandbox's events
    accounts: tuple[SeedAccount, ...] = ()
    state_file: Path | None = None
    """Keeps objects across restarts; without it they are lost."""
    tick_interval: float = 1.0
    """Seconds between two checks for sessions to expire and changes to save."""
    webhook_timeout: float = 10.0
    """Seconds that the receiver of an event has to respond."""
    retry_delay: float = 0.05
    """Seconds until an event is sent for the second time; each further delay is twice as long."""
    max_retry_delay: float = 30.0
    """Seconds."""
    max_attempts: int = 20
    """How often an event is sent before it fails."""
