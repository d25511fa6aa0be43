"""What bodies of requests may be: plain, and of limited size. For any ASGI application."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from errors import BodyEncoded, BodyTooLarge

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]


def limit_receive(receive: Receive, scope: Message, max_size: int, error_message: str) -> Receive:
    """Return `receive` for a request whose body has at most `max_size` bytes.

    The body is read as a whole when it is first needed, so that parsing it can't fail halfway. That
    raises BodyTooLarge, with `error_message`, as soon as the body is known to be longer: before any
    of it is read if its Content-Length says so. A compressed body raises BodyEncoded.
    """
    is_read = False

    async def receive_whole() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        if _header(scope, b"content-encoding").strip().lower() not in {b"", b"identity"}:
            raise BodyEncoded  # RFC 9110 8.4
        if _content_length(scope) > max_size:
            raise BodyTooLarge(error_message)
        body = bytearray()
        more_body = True
        while more_body:
            message = await receive()
            if message["type"] != "http.request":  # the client has disconnected
                return message
            body += message.get("body", b"")
            if len(body) > max_size:
                raise BodyTooLarge(error_message)
            more_body = message.get("more_body", False)
        is_read = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return receive_whole


def _content_length(scope: Message) -> int:
    """Return the announced length of the body, or 0 if there is none, as in chunked requests."""
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def _header(scope: Message, name: bytes) -> bytes:
    value: bytes = dict(scope["headers"]).get(name, b"")
    return value
