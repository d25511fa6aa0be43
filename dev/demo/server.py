"""Serving the demo: its settings, its port, its database file, and its word when it is ready."""

import errno
import logging
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from dev.demo import payments

_DATABASE: Final = "demo.db"


def own_url(host: str, port: int) -> str:
    """Return where the demo reaches itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # no listening
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def fixed_settings(host: str, port: int) -> dict[str, Any]:
    """Return the settings that the demo has whatever the environment says."""
    fixed: dict[str, Any] = {
        "database_url": f"sqlite://{_DATABASE}",
        "redis_url": None,
        # Sample customers get no real e-mails.
        "smtp_url": None,
        "secret_key": secrets.token_urlsafe(),
        **payments.fixed_settings(own_url(host, port)),
    }
    if "PUBLIC_URL" not in os.environ:
        fixed["public_url"] = own_url(host, port)
    return fixed


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; OSError says, in words for people, why that can't be."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "the port is taken" if taken else error.strerror
        raise OSError(f"Can't listen on {host}:{port}: {reason}.") from error


def delete_database() -> None:
    """Delete what an earlier demo has left in the working directory."""
    for suffix in ("", "-wal", "-shm"):
        Path(_DATABASE + suffix).unlink(missing_ok=True)


class Server(uvicorn.Server):
    """A server that has something to say as soon as it answers."""

    def __init__(self, config: uvicorn.Config, welcome: str) -> None:
        super().__init__(config)
        self._welcome = welcome

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print."""
        await super().startup(sockets)
        print(self._welcome, flush=True)  # noqa: T201  # what the command is for


def serve(
    app: ASGIApp, listener: socket.socket, welcome: str, server_options: dict[str, Any]
) -> None:
    """Serve until Ctrl-C."""
    # A line per request would carry the welcome off the screen.
    logging.getLogger().setLevel(logging.WARNING)
    with suppress(KeyboardInterrupt):
        Server(uvicorn.Config(app, **server_options), welcome).run(sockets=[listener])
