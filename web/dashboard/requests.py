"""A page of staff: who may see it, that its forms are ours, and how it refuses."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.browser_sessions import is_same_origin
from auth.permissions import Permission
from auth.staff import Staff, authenticate
from context import Services, Viewer, services_of
from errors import Forbidden, PortalError, Unauthenticated
from services.billing import queries
from web.dashboard.responses import SIGN_IN, answer
from web.http.body_limits import read_ahead
from web.http.session_cookie import session_of

_SIZE: Final = 64 * 1024
"""Bytes of a form, unless its page says more."""


_MOST_FIELDS: Final = 5_000
"""Of a form: the longest one has four for each of a document's lines."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who has signed in and may see the page."""

    request: Request
    services: Services
    staff: Staff
    form: FormData = field(default_factory=FormData)
    """What was posted; it has carried the session's token."""

    @property
    def viewer(self) -> Viewer:
        """How amounts are written for who is looking."""
        return Viewer(self.services.settings, self.staff.language)

    async def show(
        self,
        template: str,
        values: Mapping[str, Any],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        error: PortalError | None = None,
    ) -> Response:
        """Answer with a page of the dashboard, with what all of them have around it.

        With `error`, why what was asked for was not done, the answer has its status.
        """
        if error is not None:
            status = error.status
            headers = {**_retry_after(error), **(headers or {})}
        around = {
            "company": await queries.company_of(self.staff),
            "staff": self.staff,
            "error": error,
            "form_token": self.services.form_tokens.of_session(self.staff.credential_id),
        }
        language = self.staff.language
        return answer(self.request, template, {**around, **values}, language, status, headers)


Page: TypeAlias = Callable[[Visit], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def staff_page(
    *permissions: Permission, file: int = 0, size: int = _SIZE
) -> Callable[[Page], Endpoint]:
    """Make an endpoint of a page, for those who have signed in and have all of `permissions`.

    Strangers are led to sign in, and back. A POST must carry the session's token in the field
    `form_token`, and not come from another origin. What the page refuses is shown as a page.
    A POST has at most `size` bytes. With `file`, it may carry a file, of at most so many more.
    """

    def decorate(page: Page) -> Endpoint:
        @wraps(page)
        async def endpoint(request: Request) -> Response:
            try:
                staff = await authenticate(session_of(request))
            except Unauthenticated:
                return to_sign_in(request)
            visit = Visit(request, services_of(request), staff)
            try:
                staff.require(*permissions)
                if request.method == "POST":
                    form = await read_form(request, visit.services, file, size)
                    visit = replace(visit, form=form)
                    _check_token(visit)
                return await page(visit)
            except PortalError as error:
                return await _refuse(visit, error)
            finally:
                await visit.form.close()

        return endpoint

    return decorate


async def read_form(
    request: Request, services: Services, file: int = 0, size: int = _SIZE
) -> FormData:
    """Return the form in the body of `size` bytes, with at most one file, of `file` bytes; 0: none.

    Raises Forbidden if a page of another origin sends it, BodyTooLarge, and BadInput for one that
    breaks off.
    """
    if not is_same_origin(request.headers, services.settings.public_url):
        message = "This form was sent from another site. Open the page again and retry."
        raise Forbidden(message)
    whole = await read_ahead(request, size + file, "This form is too large. Please shorten it.")
    return await whole.form(max_files=1 if file else 0, max_fields=_MOST_FIELDS)


def _check_token(visit: Visit) -> None:
    token = str(visit.form.get("form_token", ""))
    visit.services.form_tokens.check_session(visit.staff.credential_id, token)


async def _refuse(visit: Visit, error: PortalError) -> Response:
    values = {"message": error.message, "status": error.status}
    return await visit.show("error.html", values, error=error)


def _retry_after(error: PortalError) -> dict[str, str]:
    return {"retry-after": str(error.retry_after)} if error.retry_after else {}


def to_sign_in(request: Request) -> Response:
    """Lead to the page for signing in, and from there back to the page that was asked for."""
    url = request.url
    path = f"{url.path}?{url.query}" if url.query else url.path
    back = f"?{urlencode({'next': path})}" if request.method == "GET" else ""
    return RedirectResponse(f"{SIGN_IN}{back}", 303)
