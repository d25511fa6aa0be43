"""Requests with bodies of limited size."""

from starlette.requests import Request

from core.body_limits import limit_receive


def limit_body(request: Request, max_size: int, error_message: str) -> Request:
    """Return `request` with a body of at most `max_size` bytes, which is read when it is needed.

    Reading it raises BodyTooLarge with `error_message`, and ClientDisconnect if it ends early.
    """
    receive = limit_receive(request.receive, request.scope, max_size, error_message)
    return Request(request.scope, receive)
