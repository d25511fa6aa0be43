"""What commands share: the settings, the database, and errors as messages."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from structlog import get_logger

from core.checks import Finding, Level
from core.logging import configure_logging
from db.availability import as_unavailable, missing_privilege
from db.migrations import DatabaseUnusable, open_migrated
from errors import PortalError
from settings import Settings

log = get_logger(__name__)


def read_settings(**fixed: Any) -> Settings:  # noqa: ANN401  # Settings checks them
    """Return the settings. Ends the command if any can't be understood."""
    try:
        return Settings(**fixed)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            message = fault["msg"].removeprefix("Value error, ")
            name = "".join(str(part) for part in fault["loc"][:1])
            if fault["type"] == "string_pattern_mismatch":
                examples = Settings.model_fields[name].examples or []
                message = f"Write it like {' or '.join(examples)}."
            typer.echo(f"{name.upper()}: {message}" if name else message, err=True)
        raise typer.Exit(2) from None


def read_settings_and_log() -> Settings:
    """Return the settings, and from now on write logs as they say."""
    settings = read_settings()
    configure_logging(as_json=settings.is_production, is_passing=as_unavailable)
    return settings


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Log warnings about the settings. If there are errors, end the command with them."""
    errors = []
    for finding in findings:
        if finding.level is Level.WARNING:
            log.warning("settings.unsafe", setting=finding.name, detail=finding.message)
        else:
            typer.echo(finding, err=True)
            errors.append(finding)
    if errors:
        raise typer.Exit(2)


def open_database(settings: Settings) -> AbstractAsyncContextManager[None]:
    """Open the database. Raises DatabaseUnusable if it is not up to date."""
    return open_migrated(settings.database_url)


def run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  # what the work returns
    """Return what the work returns. Ends the command with a message if the work fails."""
    try:
        return asyncio.run(work)
    except PortalError as error:
        typer.echo(f"{error.field}: {error.message}" if error.field else error.message, err=True)
    except DatabaseUnusable as error:
        typer.echo(str(error), err=True)
    except Exception as error:
        if refusal := missing_privilege(error):
            typer.echo(f"The database's role has too few rights: {refusal}.", err=True)
        elif as_unavailable(error):
            typer.echo(f"The database isn't available: {error!r}", err=True)
        else:
            raise
    raise typer.Exit(1)
