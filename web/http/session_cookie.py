"""The cookies of a signed-in browser. Scripts can't read them."""

from datetime import UTC, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import cookie_name, is_secure, session_authorization
from auth.staff import Staff, authenticate
from context import services_of
from errors import Unauthenticated
from services.identity.credentials import IssuedCredential
from services.identity.sessions import end_earlier_session

_KNOWN_BROWSER: Final = "known-browser"
_KNOWN_BROWSER_TTL: Final = timedelta(days=180)


def authorization_of(request: Request) -> str | None:
    """Return the request's `Authorization` header, or the one that equals its session cookie.

    Only for requests that change nothing, because a page of another origin may have sent this one.
    """
    header = request.headers.get("authorization")
    return session_of(request) if header is None else header


async def staff_or_none(request: Request) -> Staff | None:
    """Return who sent the request, if they have signed in, as `authorization_of` does."""
    authorization = authorization_of(request)
    if authorization is None:
        return None
    try:
        return await authenticate(authorization)
    except Unauthenticated:
        return None


def session_of(request: Request) -> str | None:
    """Return the `Authorization` header that equals the session cookie, or None."""
    return session_authorization(request.cookies, _public_url(request))


def known_browser_of(request: Request) -> str:
    """Return the cookie of a browser in which somebody has signed in before, or an empty text."""
    return request.cookies.get(cookie_name(_public_url(request), _KNOWN_BROWSER), "")


async def start_session(
    request: Request, response: Response, issued: IssuedCredential, staff: Staff
) -> None:
    """Store a new session in the browser until the session expires, and end its earlier one.

    From now on the browser is known as that of the user.
    """
    assert staff.user_id is not None
    await end_earlier_session(session_of(request))
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
    response.set_cookie(
        cookie_name(public_url, _KNOWN_BROWSER),
        services_of(request).known_browsers.issue(staff.user_id),
        max_age=int(_KNOWN_BROWSER_TTL.total_seconds()),
        secure=is_secure(public_url),
        httponly=True,
        samesite="lax",
    )


def delete_session_cookie(request: Request, response: Response) -> None:
    """Delete the session from the browser."""
    public_url = _public_url(request)
    response.delete_cookie(
        cookie_name(public_url), secure=is_secure(public_url), httponly=True, samesite="lax"
    )


def _public_url(request: Request) -> str:
    return services_of(request).settings.public_url
