"""What a sandbox is told when it is made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

API_VERSION: Final = "2026-10-28.endive"
"""The version of Stripe's API whose objects these are."""


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """A connected account that is there from the start."""

    id: str
    name: str
    charges_enabled: bool = True


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Where the sandbox is found, whom it lets in, and whom it tells what happens."""

    secret_key: str = "sk_test_sandbox"  # noqa: S105  # opens nothing but this stand-in
    base_url: str = "http://127.0.0.1:12111"
    """What the URLs of its own pages begin with; without a slash at the end."""
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"  # noqa: S105  # signs nothing but this stand-in's events
    accounts: tuple[SeedAccount, ...] = ()
    state_file: Path | None = None
    """Where objects are kept until the sandbox starts again; nowhere means that they are not."""
    tick: float = 1.0
    """Seconds between two looks for sessions whose time is over, and for what is to be kept."""
    webhook_timeout: float = 10.0
    """Seconds that whoever hears of an event has to answer."""
    retry_first: float = 0.05
    """Seconds until an event is sent again; each further wait is twice as long."""
    retry_longest: float = 30.0
    """Seconds that no wait exceeds."""
    retry_attempts: int = 20
    """Times that an event is sent before it is given up."""
