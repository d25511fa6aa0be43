"""Reading request bodies of limited length."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from errors import BadInput, BodyTooLarge


async def read_body(request: Request, most: int, too_large: str) -> bytes:
    """Return the body of at most `most` bytes.

    Raises BodyTooLarge with the message `too_large` as soon as the body is known to be longer, and
    BadInput if it ends early.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise BodyTooLarge(too_large)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge(too_large)
    except ClientDisconnect:
        message = "The request body ended early."
        raise BadInput(message) from None
    return bytes(body)


async def read_ahead(request: Request, most: int, too_large: str) -> Request:
    """Return `request` with its body of at most `most` bytes already read.

    So a body that is too long or ends early can't fail halfway through parsing. Raises as
    `read_body` does.
    """
    body = await read_body(request, most, too_large)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


def bounded(request: Request, most: int) -> Request:
    """Return `request` with a body of at most `most` bytes.

    Reading it raises HTTPException 413 as soon as it is longer, and 400 if it ends early.
    """
    remaining = most

    async def receive() -> Message:
        nonlocal remaining
        message = await request.receive()
        remaining -= len(message.get("body", b""))
        if remaining < 0:
            raise HTTPException(413)
        if message["type"] == "http.disconnect":
            raise HTTPException(400)
        return message

    return Request(request.scope, receive)
