"""Requests of signed-in staff: permissions, forms that come from us, and errors as pages."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from auth.refusals import PasswordRequired, SecondFactorRequired
from auth.staff import Staff, authenticate_with_company
from context import Services, Viewer, services_of
from core.urls import PATHS
from db.availability import log_unavailable
from errors import Forbidden, PortalError, Unauthenticated, Unavailable
from models import Company
from services.billing.overview.figures import count_overdue
from web.dashboard.form_bodies import FORM_TOKEN, MAX_FORM_SIZE, read_form, text_entries
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.identity.redirects import enclosing_page
from web.dashboard.permission_words import in_words
from web.dashboard.responses import (
    SET_UP_PATH,
    SIGN_IN_PATH,
    render_page,
    retry_after_header,
    security_headers,
)
from web.dashboard.unsaved_forms import keep_submitted, page_to_return_to, unsaved_form
from web.http.client_info import client_info_of
from web.http.middleware import STRIPE_CONNECT, form_origins
from web.http.session_cookie import session_of


class ConfirmPasswordForm(Form):
    """The password, which is asked for before changes that matter."""

    confirm_password = Field(
        "Your password", parse_text, required=True, max_length=1024, error_name="password"
    )
    confirm_code = Field(
        "Code",
        parse_text,
        required=True,
        max_length=40,
        hint="From your authenticator app, or a recovery code.",
        error_name="code",
    )


_CONFIRMATION: Final = ("confirm_password", "confirm_code")
"""The fields of that form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardRequest:
    """A request by a user who is signed in and has the page's permissions."""

    http: Request
    services: Services
    staff: Staff
    company: Company
    """The staff's company, as it was when the request came."""
    form: FormData = field(default_factory=FormData)
    """What was submitted, with a valid form token; for a GET, what was entered before the session
    ended, if the page is to show that; otherwise empty."""

    @property
    def query(self) -> QueryParams:
        """The parameters after the question mark."""
        return self.http.query_params

    @property
    def path_id(self) -> str:
        """The `{id}` in the path, as it was sent."""
        return str(self.http.path_params["id"])

    @property
    def is_post(self) -> bool:
        """Whether a form was submitted."""
        return self.http.method == "POST"

    @property
    def viewer(self) -> Viewer:
        """How amounts are formatted for the signed-in staff, and the company's today."""
        return Viewer.of(self.staff, self.services.urls)

    @property
    def notice(self) -> str | None:
        """What the last action has done, if it led here by `url_with_notice`."""
        text, proof = self.query.get("notice"), self.query.get("proof", "")
        tokens, credential_id = self.services.form_tokens, self.staff.credential_id
        return text if text and tokens.is_notice(credential_id, text, proof) else None

    def url_with_notice(self, url: str, text: str) -> str:
        """Return the address of a page that begins with `text`, which only we can have written."""
        proof = self.services.form_tokens.of_notice(self.staff.credential_id, text)
        page, hash_, fragment = url.partition("#")
        separator = "&" if "?" in page else "?"
        query = urlencode({"notice": text, "proof": proof})
        return f"{page}{separator}{query}{hash_}{fragment}"

    async def render(
        self,
        template: str,
        values: Mapping[str, Any],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        error: PortalError | None = None,
    ) -> Response:
        """Render a page of the dashboard, with the values that its layout needs.

        The page may have counted the overdue invoices of the navigation itself: `overdue_count`.
        With `error`, the reason why an action was refused, the response has the error's status. If
        the reason is that the password must be confirmed, the page asks for that instead.
        """
        if isinstance(error, PasswordRequired):
            return await self.ask_for_password()
        if isinstance(error, Unavailable):
            log_unavailable(error)
        if error is not None:
            status = error.status
            headers = {**retry_after_header(error), **(headers or {})}
        layout_values = {
            "company": self.company,
            "staff": self.staff,
            "logo_url": PATHS.logo(self.company.logo_digest),
            "time_zone": self.staff.time_zone,
            "error": error,
            "notice_text": self.notice,
            "is_unsaved": bool(self.form) and not self.is_post,
            "form_token": self.services.form_tokens.of_session(self.staff.credential_id),
        }
        if "overdue_count" not in values:
            layout_values["overdue_count"] = await self._count_overdue(error)
        return render_page(
            self.http,
            template,
            {**layout_values, **values},
            self.staff.language,
            status,
            headers,
        )

    async def _count_overdue(self, error: PortalError | None) -> int:
        """Return how many overdue invoices the navigation shows."""
        if Permission.VIEW_INVOICES not in self.staff.permissions or isinstance(error, Unavailable):
            return 0
        return await count_overdue(self.staff)

    async def ask_for_password(self, error: PortalError | None = None) -> Response:
        """Render a form that submits the same again, with the password.

        `error` is why the password was refused.
        """
        submitted = text_entries(self.form, but={FORM_TOKEN, *_CONFIRMATION})
        form = ConfirmPasswordForm(FormData())
        values = {"submitted": submitted, "form": form, "back_url": enclosing_page(self.http)}
        status = PasswordRequired.status if error is None else error.status
        # What follows may be Stripe's page.
        origins = form_origins(self.services.settings, STRIPE_CONNECT)
        headers = security_headers(*origins)
        return await self.render("confirm_password.html", values, status, headers, error)


PageHandler: TypeAlias = Callable[[DashboardRequest], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def login_required(
    *permissions: Permission,
    max_file_size: int = 0,
    max_form_size: int = MAX_FORM_SIZE,
    before_set_up: bool = False,
) -> Callable[[PageHandler], Endpoint]:
    """Turn a page into an endpoint for staff who are signed in and have all `permissions`.

    Others are redirected to the sign-in page, and back afterwards. A POST must come from our
    origin and have the session's token in the field `form_token`. It has at most `max_form_size`
    bytes, and may contain a file if `max_file_size`, in bytes, is not 0. Errors that the page
    raises are rendered as a page. Those who must set up a second factor are redirected to doing so,
    except from pages for `before_set_up`.

    What is submitted with an earlier session isn't lost: the form's page shows it again.
    """

    def decorate(page: PageHandler) -> Endpoint:
        @wraps(page)
        async def endpoint(http: Request) -> Response:
            try:
                staff, company = await authenticate_with_company(session_of(http))
            except Unauthenticated:
                return redirect_to_sign_in(http, await keep_submitted(http))
            request = DashboardRequest(
                http=http, services=services_of(http), staff=staff, company=company
            )
            try:
                if not before_set_up:
                    staff.require(*permissions)
                if request.is_post:
                    form = await read_form(http, request.services, max_file_size, max_form_size)
                    request = replace(request, form=form)
                    request = await _checked(request)
                else:
                    request = replace(request, form=await unsaved_form(http, staff))
                return await page(request)
            except _OfEarlierSession as form_of:
                return RedirectResponse(page_to_return_to(http, form_of.unsaved), 303)
            except _NotConfirmed as refusal:
                return await request.ask_for_password(refusal.error)
            except Unavailable:
                raise  # a page of the dashboard may need what is lacking
            except PortalError as error:
                return await _render_error(request, error)
            finally:
                await request.form.close()

        return endpoint

    return decorate


async def _checked(request: DashboardRequest) -> DashboardRequest:
    """Return the request if its form is of this session, and the password is right if it has one.

    Raises Forbidden, _OfEarlierSession and _NotConfirmed.
    """
    token = str(request.form.get(FORM_TOKEN, ""))
    try:
        request.services.form_tokens.check_session(request.staff.credential_id, token)
    except Forbidden:
        if unsaved := await keep_submitted(request.http, request.form):
            raise _OfEarlierSession(unsaved) from None
        raise
    return await _confirm(request) if "confirm_password" in request.form else request


class _OfEarlierSession(Exception):
    """The form was of an earlier session of the user, and is kept under the id `unsaved`."""

    def __init__(self, unsaved: UUID) -> None:
        super().__init__(unsaved)
        self.unsaved = unsaved


async def _confirm(request: DashboardRequest) -> DashboardRequest:
    """Return the request of a session that gave its password with the form. Raises _NotConfirmed.

    From then on, the session isn't asked again for a while.
    """
    form = ConfirmPasswordForm(request.form)
    try:
        staff = await request.services.passwords.confirm(
            request.staff,
            form.confirm_password.value,
            client_info_of(request.http),
            form.confirm_code.value,
        )
    except PortalError as error:
        raise _NotConfirmed(error) from None
    return replace(request, staff=staff)


class _NotConfirmed(Exception):
    """The password that came with a form was refused with `error`."""

    def __init__(self, error: PortalError) -> None:
        super().__init__(error.message)
        self.error = error


async def _render_error(request: DashboardRequest, error: PortalError) -> Response:
    if isinstance(error, SecondFactorRequired):
        return RedirectResponse(SET_UP_PATH, 303)
    values = {"message": in_words(error.message), "status": error.status}
    return await request.render("error.html", values, error=error)


def redirect_to_sign_in(http: Request, unsaved: UUID | None = None) -> Response:
    """Redirect to the sign-in page; signing in leads back to the page, or to that of the form."""
    query = urlencode({"next": page_to_return_to(http, unsaved)})
    return RedirectResponse(f"{SIGN_IN_PATH}?{query}", 303)
