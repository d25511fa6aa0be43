"""Cross-origin requests, which cost nothing where there is no other origin."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

_VARY: Final = b"vary"


class CorsMiddleware(CORSMiddleware):
    """Starlette's, with a short way for requests without an Origin header."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and say that its response may depend on the origin."""
        if scope["type"] != "http" or any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _varying(message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, send_on)


def _varying(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return `headers` with one Vary header, which names Origin at last."""
    varies = [value for name, value in headers if name == _VARY]
    others = [header for header in headers if header[0] != _VARY] if varies else headers
    return [*others, (_VARY, b", ".join([*varies, b"Origin"]))]
