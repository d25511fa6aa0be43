"""The configuration, read from the environment once, when the process starts."""

import re
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

Network = IPv4Network | IPv6Network

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d+)?")
_REDIS_URL: Final = (
    r"^((redis|rediss|unix)://"
    r"|rediss?\+sentinel://([^\s/?#@]*@)?[^\s/?#@]+/[^\s/?#]+(/\d*)?(\?|$))"
)
_DEFAULT_PORTS: Final = (("http://", ":80"), ("https://", ":443"))


class Environment(StrEnum):
    """Where the process runs; production turns off GraphiQL and the demo's helpers."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Schedules(StrEnum):
    """What a serving process does beside its requests."""

    ON = "on"
    """What waits in queues, such as e-mails and webhooks, and what is scheduled."""
    QUEUES = "queues"
    """Only what waits in queues."""
    OFF = "off"


def _split(value: object) -> object:
    """Split a comma-separated list. Other values are left to the field's type."""
    if not isinstance(value, str):
        return value
    return tuple(filter(None, map(str.strip, value.split(","))))


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return `origins` if each is written as browsers write it (RFC 6454 6.2)."""
    for origin in origins:
        has_default_port = any(
            origin.startswith(s) and origin.endswith(p) for s, p in _DEFAULT_PORTS
        )
        if not _ORIGIN.fullmatch(origin) or has_default_port:
            raise ValueError(f"{origin} isn't an origin. Write it like https://shop.example.com.")
        _checked(origin)
    return origins


def _networks(value: object) -> object:
    parts = _split(value)
    return tuple(map(ip_network, parts)) if isinstance(parts, tuple) else parts


class _Networks(tuple[Network, ...]):
    """Networks with a cheap hash, since clients' addresses are remembered for them."""

    __slots__ = ()
    __hash__ = object.__hash__


def _rate(value: object) -> object:
    return parse(value) if isinstance(value, str) else value


def _secrets(value: object) -> object:
    parts = _split(value.get_secret_value() if isinstance(value, SecretStr) else value)
    return tuple(map(SecretStr, parts)) if isinstance(parts, tuple) else parts


Rate = Annotated[RateLimitItem, BeforeValidator(_rate)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_origins)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_secrets)]
Networks = Annotated[
    tuple[Network, ...], NoDecode, BeforeValidator(_networks), AfterValidator(_Networks)
]


def _checked(url: str) -> str:
    """Return `url`. Raises ValueError if its host or port is invalid.

    With Sentinel, there are several.
    """
    for host in urlsplit(url).netloc.rpartition("@")[2].split(","):
        _ = urlsplit(f"//{host}").port  # raises
    return url


ServerUrl = Annotated[str, AfterValidator(_checked)]
BaseUrl = Annotated[ServerUrl, AfterValidator(lambda url: url.rstrip("/"))]


SECRET_SETTINGS: Final = (
    "database_url",
    "redis_url",
    "smtp_url",
    "secret_key",
    "metrics_token",
    "stripe_secret_key",
    "stripe_webhook_secret",
)
"""The settings that can be read from files."""


class SecretFiles(EnvSettingsSource):
    """Reads secrets from files, which variables such as `SECRET_KEY_FILE` name."""

    def __call__(self) -> dict[str, Any]:
        """Return the secrets. Raises SettingsError, which names the variable that is wrong."""
        return {
            name: self._read(name, path)
            for name in SECRET_SETTINGS
            if (path := self.env_vars.get(f"{name}_file"))
        }

    def _read(self, name: str, path: str) -> str:
        variable = name.upper()
        if self.env_vars.get(name):
            raise SettingsError(f"{variable} and {variable}_FILE are both set. Keep one of them.")
        try:
            secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            message = f"{variable}_FILE: {path} can't be read: {error.strerror}."
            raise SettingsError(message) from None
        except ValueError:
            raise SettingsError(f"{variable}_FILE: {path} isn't a text in UTF-8.") from None
        if not secret:
            raise SettingsError(f"{variable}_FILE: {path} is empty.")
        return secret


class Settings(BaseSettings):
    """What operators can configure. Environment variables have the same names in upper case."""

    model_config = SettingsConfigDict(
        frozen=True,
        arbitrary_types_allowed=True,
        extra="ignore",
        # Compose files pass on variables that are not set as empty ones.
        env_ignore_empty=True,
    )

    database_url: str = Field(
        "sqlite://invotify.db",
        pattern=r"^(sqlite|postgres|postgresql)://",
        examples=[
            "postgres://user:password@host:5432/name",
            "sqlite:///var/lib/invotify/portal.db",
        ],
        repr=False,
    )
    redis_url: ServerUrl | None = Field(
        None, pattern=_REDIS_URL, examples=["redis://:password@host:6379/0"], repr=False
    )
    public_url: BaseUrl = Field(
        "http://127.0.0.1:8000",
        pattern=r"^https?://[^\s/?#]+/*$",
        examples=["https://billing.example.com"],
    )
    secret_key: Secrets = ()
    """Several while one is replaced by another: the first one signs, and all are accepted."""
    smtp_url: ServerUrl | None = Field(
        None,
        pattern=r"^smtps?://[^\s/?#]+/?$",
        examples=["smtps://user:password@host:465", "smtp://user:password@host:587"],
        repr=False,
    )
    mail_from: str = Field(
        "billing@localhost",
        pattern=r"^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9.-]+$",
        examples=["billing@example.com"],
    )
    environment: Environment = Environment.DEVELOPMENT
    stripe_secret_key: SecretStr | None = None
    stripe_webhook_secret: Secrets = ()
    """Several while one is replaced by another. An event signed with any of them is valid."""
    stripe_api_base: BaseUrl | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        examples=["http://127.0.0.1:12111"],
    )
    """The address of a Stripe API other than Stripe's own, such as the sandbox."""
    trusted_proxies: Networks = ()
    cors_origins: Origins = ()
    webhook_allow_private: bool = False
    """Whether webhooks may go to private networks, without TLS. For development."""
    metrics_token: SecretStr | None = None
    """What Prometheus must send to read the metrics. In production there are none without it."""
    connections: int | None = Field(None, ge=1)
    """Open connections of one process. By default, what the limit on open files allows."""
    connections_per_ip: int = Field(200, ge=1)
    share_per_client: float = Field(0.1, gt=0, le=1)
    """How much of one process's time the requests from one address may use while others wait."""
    live_connections_per_ip: int = Field(100, ge=1)
    """Websockets and event streams in one process."""
    live_connections_per_credential: int = Field(100, ge=1)
    live_connections_per_company: int = Field(300, ge=1)
    subscriptions_per_credential: int = Field(200, ge=1)
    subscriptions_per_company: int = Field(600, ge=1)
    rate_views_per_ip: Rate = Field(default_factory=lambda: parse("10/minute"))
    rate_views_per_token: Rate = Field(default_factory=lambda: parse("60/minute"))
    rate_checkout_per_ip: Rate = Field(default_factory=lambda: parse("10/minute"))
    rate_checkout_per_token: Rate = Field(default_factory=lambda: parse("5/minute"))
    rate_messages_per_ip: Rate = Field(default_factory=lambda: parse("10/minute"))
    """Answers to quotes, and questions."""
    rate_messages_per_token: Rate = Field(default_factory=lambda: parse("5/minute"))
    rate_preferences_per_ip: Rate = Field(default_factory=lambda: parse("30/minute"))
    rate_sign_in_per_ip: Rate = Field(default_factory=lambda: parse("10/minute"))
    rate_sign_in_per_account: Rate = Field(default_factory=lambda: parse("10/15minutes"))
    """Failures. Counted by e-mail address, whether anyone has it or not."""
    rate_misses_per_ip: Rate = Field(default_factory=lambda: parse("60/minute"))
    rate_exports: Rate = Field(default_factory=lambda: parse("20/minute"))
    """CSV files and zips for one user or API key."""
    rate_pdf_per_ip: Rate = Field(default_factory=lambda: parse("3000/minute"))
    drain_seconds: float = Field(3.0, ge=0, le=300)
    """How long a process that is asked to end goes on, so that load balancers notice."""
    schedules: Schedules = Schedules.ON
    view_retention_days: int = Field(365, ge=1, le=3650)
    """Days after which views lose address and browser, if their company hasn't chosen otherwise."""
    email_retention_days: int = Field(730, ge=30, le=3650)
    event_retention_days: int = Field(90, ge=30, le=3650)
    """Days for which Stripe's events, ended sessions and links to set a password are kept."""
    emails_per_day_free: int = Field(100, ge=1)
    emails_per_day_pro: int = Field(2000, ge=1)
    pdf_workers: int | None = Field(None, ge=1)
    """Processes that render PDFs, for each serving process. By default, one per core."""
    pdf_queue: int = Field(32, ge=0)
    """PDFs that may wait for a worker."""
    pdf_seconds: float = Field(20.0, gt=0, allow_inf_nan=False)
    """Time limit for rendering a PDF."""
    pdf_warm: bool = True
    """Whether workers start with the server, rather than with the first PDF."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic passes it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # pydantic passes it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the most important first."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @model_validator(mode="after")
    def _production_has_a_secret(self) -> Self:
        if self.is_production and not self.secret_key:
            raise ValueError("SECRET_KEY is required in production")
        return self

    @property
    def is_production(self) -> bool:
        """Whether ENVIRONMENT is production."""
        return self.environment is Environment.PRODUCTION

    @property
    def host_name(self) -> str:
        """The name that we give to mail servers: the host of PUBLIC_URL (RFC 5321 4.1.3)."""
        host = urlsplit(self.public_url).hostname or "localhost"
        try:
            address = ip_address(host)
        except ValueError:
            return host
        return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"
