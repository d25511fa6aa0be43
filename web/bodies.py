"""Reading a request's body no further than it may be long."""

from starlette.requests import ClientDisconnect, Request

from errors import BadInput, BodyTooLarge


async def read_body(request: Request, most: int, too_large: str) -> bytes:
    """Return the body of at most `most` bytes.

    Raises BodyTooLarge with the message `too_large` as soon as that is clear, and BadInput if the
    body breaks off.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
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
