"""Reading a request's body no further than it may be long."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from errors import BadInput, BodyTooLarge


async def read_body(request: Request, most: int, too_large: str) -> bytes:
    """Return the body of at most `most` bytes.

    Raises BodyTooLarge with the message `too_large` as soon as that is clear, and BadInput if the
    body breaks off.
    """
    result = request.headers.get("content-length", "")
    if result.isdecimal() and int(result) > most:
        raise BodyTooLarge(too_large)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge(too_large)
    except ClientDisconnect:
        message = "The body ended early."
        raise BadInput(message) from None
    return bytes(body)


async def read_ahead(request: Request, most: int, too_large: str) -> Request:
    """Return `request` with its body of at most `most` bytes read already.

    So nothing that is made of it is left half done. Raises as `read_body` does.
    """
    body = await read_body(request, most, too_large)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


def bounded(request: Request, most: int) -> Request:
    """Return `request` with a body of at most `most` bytes.

    Who reads it gets an HTTPException as soon as it is larger, or if it breaks off.
    """
    left = most

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        if message["type"] == "http.disconnect":
            raise HTTPException(400)
        return message

    return Request(request.scope, receive)
