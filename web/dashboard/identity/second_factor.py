"""Two-step sign-in of the signed-in user: setting it up, turning it off, and recovery codes."""

from typing import Final

import segno
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from errors import BadInput, PortalError
from services.identity import second_factor
from services.identity.second_factor import SecondFactorSetUp
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.identity.security import PATH as SECURITY_PATH
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import SET_UP_PATH

_QUIET_ZONE: Final = 4
_SECRET_GROUP: Final = 4
"""Characters of a group of the secret, for typing."""


class FirstCodeForm(Form):
    """The first code that the app shows."""

    code = Field(
        "Code", parse_text, required=True, max_length=40, hint="The 6 digits that your app shows."
    )


@login_required(before_set_up=True)
async def set_up_page(request: DashboardRequest) -> Response:
    """Explain two-step sign-in; then show the QR code; then take a first code.

    The recovery codes are shown without a redirect, because they are not stored.
    """
    if request.staff.has_second_factor:
        return RedirectResponse(SECURITY_PATH, 303)
    if not request.is_post:
        return await _render(request)
    if "code" not in request.form:
        return await _render(request, await second_factor.set_up(request.staff))
    try:
        codes = await second_factor.confirm(request.staff, FirstCodeForm(request.form).code.value)
    except BadInput as error:
        pending = await second_factor.pending_set_up(request.staff)
        return await _render(request, pending, error)
    return await _render_codes(request, codes, is_new=True)


@login_required()
async def turn_off_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and turn two-step sign-in off."""

    async def turn_off() -> str:
        await second_factor.remove(request.staff)
        return f"{SECURITY_PATH}?done=off"

    company = request.company
    confirmation = Confirmation(
        title="Turn off two-step sign-in?",
        text=f"{company.name} requires two-step sign-in, so you have to set it up again at once. Do"
        " this if you have a new phone. Your recovery codes stop working."
        if company.second_factor_required
        else "Your password alone will be enough to sign in. Your recovery codes stop working.",
        button="Turn off",
        back_url=SECURITY_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, turn_off)


@login_required()
async def recovery_codes_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and show new recovery codes, without a redirect."""
    error = None
    if request.is_post:
        try:
            codes = await second_factor.replace_recovery_codes(request.staff)
            return await _render_codes(request, codes, is_new=False)
        except PortalError as refusal:
            error = refusal
    confirmation = Confirmation(
        title="Create new recovery codes?",
        text="Your current codes stop working.",
        button="Create codes",
        back_url=SECURITY_PATH,
    )
    return await request.render("confirmation.html", {"confirmation": confirmation}, error=error)


async def _render(
    request: DashboardRequest,
    set_up: SecondFactorSetUp | None = None,
    error: PortalError | None = None,
) -> Response:
    values = {
        "qr": set_up and _qr(set_up.uri),
        "secret": set_up and _grouped(set_up.secret),
        "form": FirstCodeForm(FormData()),
        "back_url": SECURITY_PATH,
        "set_up_path": SET_UP_PATH,
    }
    return await request.render("identity/second_factor.html", values, error=error)


async def _render_codes(request: DashboardRequest, codes: list[str], *, is_new: bool) -> Response:
    values = {"codes": codes, "is_new": is_new, "back_url": SECURITY_PATH}
    return await request.render("identity/recovery_codes.html", values)


def _qr(uri: str) -> Markup:
    """Return the QR code as SVG for the page itself, so that no address leads to the secret."""
    code = segno.make(uri, error="m", micro=False)
    return Markup(  # noqa: S704  # it has numbers and colours only
        code.svg_inline(
            border=_QUIET_ZONE, light="#fff", svgclass="qr", lineclass=None, omitsize=True
        )
    )


def _grouped(secret: str) -> str:
    parts = range(0, len(secret), _SECRET_GROUP)
    return " ".join(secret[start : start + _SECRET_GROUP] for start in parts)
