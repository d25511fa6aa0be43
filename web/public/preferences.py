"""The page on which clients choose their e-mails, and one-click unsubscribing (RFC 8058).

The token in the path is the only credential. GET and HEAD change nothing.
"""

import json
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from context import services_of
from core.urls import PATHS
from errors import BadInput, NotFound
from models import EmailPreference, MailCategory, OptOutOrigin
from schema.parties import Business
from schema.preferences import EmailPreferences
from services.email.preferences import SWITCHES, turn_off, update
from web.http.body_limits import limit_body
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.templating import render_client_page

_MAX_BODY: Final = 16 * 1024
"""Bytes."""
_TOO_LARGE: Final = "This form is too large."
_CATEGORIES: Final = {category.lower(): category for category in MailCategory}
_SAVE: Final = "save"
_BOOLEANS: Final = {"true": True, "false": False}
"""Values of a form's fields."""


class PreferencesPage(HTTPEndpoint):
    """Shows and changes which e-mails an address gets."""

    async def get(self, request: Request) -> Response:
        """Show the switches, and which were just saved."""
        return _show(request, await _find(request))

    async def post(self, request: Request) -> Response:
        """Save switches from a form or JSON. Raises BadInput for anything else."""
        preference = await _find(request)
        switches = _once_each(await _read_switches(request))
        before = {name: preference.allows(category) for name, category in SWITCHES.items()}
        await update(preference, switches)
        if _is_json(request):
            return JSONResponse(
                {name: preference.allows(category) for name, category in SWITCHES.items()}
            )
        changed = [name for name, is_on in switches.items() if is_on is not before[name]]
        saved = urlencode({"saved": changed or list(switches)}, doseq=True)
        return RedirectResponse(f"{PATHS.preferences(preference.token)}?{saved}", 303)


class OneClick(HTTPEndpoint):
    """Unsubscribes from a category, by a POST of the mail provider. People get the page."""

    async def get(self, request: Request) -> Response:
        """Show the switches, and change nothing: link scanners open it, too (RFC 8058 3.2)."""
        _category_of(request)
        return _show(request, await _find(request))

    async def post(self, request: Request) -> Response:
        """Turn the category off, if the body is that of RFC 8058 3.2."""
        category = _category_of(request)
        preference = await _find(request)
        form = await limit_body(request, _MAX_BODY, _TOO_LARGE).form(max_files=0)
        if form.get("List-Unsubscribe") != "One-Click":
            return PlainTextResponse("Send List-Unsubscribe=One-Click.\n", status_code=400)
        await turn_off(preference, [category], OptOutOrigin.ONE_CLICK)
        return PlainTextResponse("Unsubscribed.\n")


async def _find(request: Request) -> EmailPreference:
    services = services_of(request)
    token, client_info = request.path_params["token"], client_info_of(request)
    return await services.tokens.find_preference(token, client_info)


def _category_of(request: Request) -> MailCategory:
    category = _CATEGORIES.get(request.path_params["category"])
    if category is None:
        raise NotFound
    return category


def _show(request: Request, preference: EmailPreference) -> Response:
    services = services_of(request)
    saved = request.query_params.getlist("saved")
    company = preference.company
    language = reader_language(request, preference.language or company.language)
    return render_client_page(
        request,
        "preferences.html",
        {
            "business": Business.of(company, services.urls, language),
            "preferences": EmailPreferences.of(preference, services.urls),
            "action": PATHS.preferences(preference.token),
            "saved": [name for name in SWITCHES if name in saved],
            "preview": company.name,
        },
        language=language,
        accent=company.accent,
    )


# --- bodies --------------------------------------------------------------------------------------


async def _read_switches(request: Request) -> Iterable[tuple[str, object]]:
    """Return the names and values in the body; none for a body of another type."""
    limited = limit_body(request, _MAX_BODY, _TOO_LARGE)
    if _is_json(request):
        return _parse_json(await limited.body())
    form = await limited.form(max_files=0)
    if _SAVE in form:  # the page's own form, in which switches that are off are missing
        return [(name, name in form) for name in SWITCHES]
    return [(name, _BOOLEANS.get(str(value))) for name, value in form.multi_items()]


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def _parse_json(body: bytes) -> tuple[tuple[str, object], ...]:
    """Return the members of the JSON object in `body`, including repeated names."""
    try:
        # Objects become tuples, and arrays lists.
        parsed = json.loads(body.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise BadInput from None
    if not isinstance(parsed, tuple):
        raise BadInput
    return parsed


def _once_each(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return the pairs as a dictionary. Raises BadInput for a repeated name."""
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values:
            raise BadInput
        values[name] = value
    return values
