"""A staff member's session in a browser: a cookie that scripts can't read."""

from datetime import UTC

from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import cookie_name, is_secure, session_authorization
from context import services_of
from services.identity.credentials import IssuedCredential


def authorization_of(request: Request) -> str | None:
    """Return the request's `Authorization`, or what the session in its cookie stands for.

    Only for requests that change nothing: a page of another origin may have caused this one.
    """
    said = request.headers.get("authorization")
    return session_of(request) if said is None else said


def session_of(request: Request) -> str | None:
    """Return the `Authorization` that the session in the request's cookie stands for, or None."""
    return session_authorization(request.cookies, _public_url(request))


def keep_session(request: Request, response: Response, issued: IssuedCredential) -> None:
    """Have the browser keep a new session for as long as it is valid."""
    public_url, expires_at = _public_url(request), issued.credential.expires_at
    assert expires_at is not None
    response.set_cookie(
        cookie_name(public_url),
        issued.secret,
        expires=expires_at.astimezone(UTC),
        secure=is_secure(public_url),
        httponly=True,
        samesite="lax",
    )


def forget_session(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    public_url = _public_url(request)
    response.delete_cookie(
        cookie_name(public_url), secure=is_secure(public_url), httponly=True, samesite="lax"
    )


def _public_url(request: Request) -> str:
    services = services_of(request)
    return services.settings.public_url
