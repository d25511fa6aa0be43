"""What is unsafe or missing in a configuration: looked at before serving, and by `invotify check`.

Values that can't be understood at all are refused by the settings themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ssl import SSLCertVerificationError
from typing import Final
from urllib.parse import urlsplit

from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    ReadOnlyError,
    RedisError,
)

from core.hosts import is_loopback
from core.redis_connection import RedisConnection, UnknownPrimary
from core.telemetry import tracing
from settings import Settings

_MIN_SECRET_LENGTH: Final = 32
_MIN_DIFFERENT: Final = 8
"""Characters. A random secret of the shortest length has more, even in hexadecimal digits."""
_REDIS_TIMEOUT: Final = 3.0
"""Seconds."""


class Level(StrEnum):
    """Whether the portal serves in spite of a finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a setting, or with what it leads to."""

    level: Level
    name: str
    """The setting's environment variable."""
    message: str

    def __str__(self) -> str:
        """Return the finding without its level, like other errors of settings."""
        return f"{self.name}: {self.message}"


def check_settings(settings: Settings, workers: int) -> list[Finding]:
    """Return what is unsafe in the settings of a portal with so many processes."""
    findings = [_error("REDIS_URL", _WITHOUT_REDIS)] if _needs_redis(settings, workers) else []
    if tracing.is_wanted() and tracing.exporter() is None:
        message = f'The exporter "{tracing.exporter_name()}" isn\'t installed.'
        findings.append(_error("OTEL_TRACES_EXPORTER", message))
    if settings.is_production:
        findings += [
            *_check_secrets(settings),
            *_check_network(settings),
            *_check_mail(settings),
            *_check_stripe(settings),
        ]
    return findings


async def check_redis(settings: Settings) -> list[Finding]:
    """Return what is wrong with Redis now, if it is used."""
    if settings.redis_url is None:
        return []
    redis = RedisConnection(settings.redis_url, timeout=_REDIS_TIMEOUT)
    try:
        await redis.execute("SET", "invotify:check", 1, "PX", 1)
    except (RedisError, OSError, ValueError, TypeError) as error:
        return [_redis_finding(error)]
    finally:
        redis.close()
    return []


def _redis_finding(error: Exception) -> Finding:
    """Return what is wrong if Redis can't be used: an error, unless it may be over soon."""
    match error:
        case _ if untrusted := _certificate_error(error):
            reason = untrusted.verify_message.removesuffix(".")
            message = (
                f"Its certificate isn't trusted: {reason}. The option"
                " ssl_ca_certs names a file with the certificates to trust."
            )
        case AuthenticationError():
            message = "Redis refuses the user name or the password."
        case NoPermissionError():
            message = f"Redis doesn't let this user do what the portal needs: {error}"
        case ReadOnlyError():  # perhaps another one is just becoming the primary
            return _warning("REDIS_URL", "This Redis is a replica, which only accepts reads.")
        case UnknownPrimary():
            message = str(error)
        case ValueError() | TypeError():  # as redis-py refuses options
            message = f"The URL can't be used: {error}"
        case TimeoutError():  # frozen, or only one side speaks TLS
            message = f"Redis can't be reached: no answer within {_REDIS_TIMEOUT:g} seconds."
            return _warning("REDIS_URL", message)
        case _:
            return _warning("REDIS_URL", f"Redis can't be reached: {str(error) or repr(error)}")
    return _error("REDIS_URL", message)


def _certificate_error(error: BaseException | None) -> SSLCertVerificationError | None:
    while error:
        if isinstance(error, SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


_WITHOUT_REDIS: Final = "Several workers need it, because they notify each other through Redis."


def _needs_redis(settings: Settings, workers: int) -> bool:
    return workers > 1 and settings.redis_url is None


def _check_secrets(settings: Settings) -> Iterator[Finding]:
    """Find secrets that can be guessed. Where only this machine can reach the portal, they may."""
    of_level = _warning if is_loopback(_public_host(settings)) else _error
    secrets = [("SECRET_KEY", key) for key in settings.secret_key]
    if settings.metrics_token:
        secrets.append(("METRICS_TOKEN", settings.metrics_token))
    for name, secret in secrets:
        if not _is_strong(secret.get_secret_value()):
            yield of_level(
                name,
                f"It can be guessed. Use at least {_MIN_SECRET_LENGTH} random characters, for"
                " example from: openssl rand -hex 32",
            )


def _public_host(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or ""


def _is_strong(secret: str) -> bool:
    return len(secret) >= _MIN_SECRET_LENGTH and len(set(secret)) >= _MIN_DIFFERENT


def _check_network(settings: Settings) -> Iterator[Finding]:
    scheme = urlsplit(settings.public_url).scheme
    if scheme == "http" and not is_loopback(_public_host(settings)):
        yield _error(
            "PUBLIC_URL", "Links and sessions would be sent unencrypted. Use https in production."
        )
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield _error("TRUSTED_PROXIES", "Any client could state any address. Name your proxies.")
    if scheme == "https" and not settings.trusted_proxies:
        yield _warning(
            "TRUSTED_PROXIES",
            "Behind a proxy, all clients would share the proxy's address and its rate limits."
            " Name the proxy that terminates TLS.",
        )
    if settings.webhook_allow_private:
        yield _error(
            "WEBHOOK_ALLOW_PRIVATE",
            "Everyone who manages a company could reach what only this machine should."
            " It is for development.",
        )
    for origin in settings.cors_origins:
        if origin.startswith("http://") and not is_loopback(urlsplit(origin).hostname or ""):
            yield _warning("CORS_ORIGINS", f"Anyone on the way can change the pages of {origin}.")
    redis = urlsplit(settings.redis_url or "")
    is_local = is_loopback(redis.hostname or "")
    if redis.scheme in {"redis", "redis+sentinel"} and not is_local and not redis.password:
        yield _warning("REDIS_URL", "Redis on another machine should need a password.")


def _check_mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        yield _warning("SMTP_URL", "It is unset, so e-mails wait in the queue.")
        return
    smtp = urlsplit(settings.smtp_url)
    if smtp.scheme == "smtp" and not smtp.password and not is_loopback(smtp.hostname or ""):
        yield _warning(
            "SMTP_URL",
            "E-mails may be sent unencrypted. Use smtps, or a user with a password, which needs"
            " TLS.",
        )
    if settings.mail_from.endswith("@localhost"):
        yield _warning("MAIL_FROM", "Nobody accepts e-mails from an address at localhost.")


def _check_stripe(settings: Settings) -> Iterator[Finding]:
    if settings.stripe_secret_key is None:
        return
    key = settings.stripe_secret_key.get_secret_value()
    if key.startswith("pk_"):
        yield _error("STRIPE_SECRET_KEY", "This is the publishable key. The secret one is needed.")
    if key.startswith(("sk_test_", "rk_test_")):
        yield _warning("STRIPE_SECRET_KEY", "This is a test key, so no real money moves.")
    if not settings.stripe_webhook_secret:
        yield _warning(
            "STRIPE_WEBHOOK_SECRET",
            "It is unset, so payments are noticed late, and only by `invotify reconcile`.",
        )
    for secret in settings.stripe_webhook_secret:
        if not secret.get_secret_value().startswith("whsec_"):
            yield _warning("STRIPE_WEBHOOK_SECRET", "Stripe's signing secrets begin with whsec_.")
    base = urlsplit(settings.stripe_api_base or "")
    if base.scheme == "http" and not is_loopback(base.hostname or ""):
        yield _error("STRIPE_API_BASE", "The secret key would be sent unencrypted. Use https.")


def _error(name: str, message: str) -> Finding:
    return Finding(level=Level.ERROR, name=name, message=message)


def _warning(name: str, message: str) -> Finding:
    return Finding(level=Level.WARNING, name=name, message=message)
