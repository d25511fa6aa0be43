"""The demo's server: its settings, database file and startup message."""

import logging
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from dev.demo import sandbox

_DATABASE: Final = "demo.db"


def own_url(host: str, port: int) -> str:
    """Return the URL at which the demo reaches itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not to listen
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def fixed_settings(host: str, port: int) -> dict[str, Any]:
    """Return the demo's settings in place of those that the environment or the defaults have."""
    fixed: dict[str, Any] = {
        "database_url": f"sqlite://{_DATABASE}",
        "redis_url": None,
        # Sample customers must not get real e-mails.
        "smtp_url": None,
        "secret_key": secrets.token_urlsafe(),
        **sandbox.fixed_settings(own_url(host, port)),
    }
    if "PUBLIC_URL" not in os.environ:
        fixed["public_url"] = own_url(host, port)
    if "PDF_WORKERS" not in os.environ:
        fixed["pdf_workers"] = 1  # whoever tries the demo reads one document at a time
    return fixed


def delete_database() -> None:
    """Delete the database of an earlier demo from the working directory."""
    for suffix in ("", "-wal", "-shm"):
        Path(_DATABASE + suffix).unlink(missing_ok=True)


class Server(uvicorn.Server):
    """A server that prints a message when it is ready."""

    def __init__(self, config: uvicorn.Config, message: str) -> None:
        super().__init__(config)
        self._message = message

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the message."""
        await super().startup(sockets)
        print(self._message, flush=True)  # noqa: T201  # what the command is for


def log_warnings_only() -> None:
    """Write no other log lines. One for each request would scroll the message off the screen."""
    logging.getLogger().setLevel(logging.WARNING)


def serve(
    app: ASGIApp, listener: socket.socket, message: str, server_options: dict[str, Any]
) -> None:
    """Serve until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        Server(uvicorn.Config(app, **server_options), message).run(sockets=[listener])
