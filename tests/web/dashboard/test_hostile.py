"""Hostile paths and forms are refused with a page and change nothing."""

from typing import Final
from uuid import uuid4

import pytest
from starlette.routing import Route

from models import AuditEntry
from tests.support.clients import Business
from tests.support.staff import INVOICES, Browser
from web.dashboard.routes import ROUTES

_IDS: Final = ("x", "%00", "%ff", str(uuid4()), "0" * 2000, "..%2Fx", "\u0661")
_VALUES: Final = ("", "\x00", "\N{GRINNING FACE}" * 500, "-1", "1e400", "'; DROP TABLE invoice; --")
_FIELDS: Final = (
    *("name", "email", "permissions", "user_name", "to", "message", "amount", "method", "invoice"),
    *("received_on", "reference", "idempotency_key", "current", "password", "currency", "language"),
    *("reminder_days", "accent_color", "last_day", "event", "address", "phone", "website"),
)
_WITHOUT_FIELDS: Final = (
    *("/logo", "/remove-logo", "/connect", "/disconnect"),
    *("/delete", "/issue", "/share", "/share/send", "/invoice", "/accept", "/decline"),
    *("/two-step", "/two-step/off", "/sign-out", "/sessions/end", "/recovery-codes"),
    *("/settings/emails", "/payments/reminders", "/preview"),
)
"""Forms that need no field except the token, or whose fields take any text."""
_SIGN_OUT: Final = "/dashboard/sign-out"


def _paths(ids: tuple[str, ...]) -> list[str]:
    """Return the dashboard's paths with each of `ids` in them."""
    routes = [route.path for route in ROUTES if isinstance(route, Route)]
    return sorted(
        {
            route.replace("{id}", id_).replace("{token}", id_).replace("{path:path}", id_)
            for route in routes
            for id_ in ids
            if route != _SIGN_OUT
        }
    )


async def test_hostile_paths_cause_no_server_error(staff_client: Browser) -> None:
    for path in _paths(_IDS):
        for query in ("", "?after=x&q=%00&status=x&sent=x&views_after=%ff&notes_after=x&looks=x"):
            status = (await staff_client.get(path + query)).status_code
            assert status < 500, path + query


@pytest.mark.parametrize("value", _VALUES)
async def test_hostile_forms_cause_no_server_error_and_change_nothing(
    staff_client: Browser, business: Business, value: str
) -> None:
    draft_id = await business.make_draft()
    quote_id = await business.make_quote()
    paths = [
        path for path in _paths((draft_id, quote_id)) if ("/quotes/" in path) != (draft_id in path)
    ]
    if not value:  # what is unknown is so whatever the form says
        paths += _paths((str(uuid4()),))
    for path in paths:
        if path.endswith(_WITHOUT_FIELDS):
            continue
        response = await staff_client.post(path, page=INVOICES, **dict.fromkeys(_FIELDS, value))
        assert response.status_code < 500, path
    done = AuditEntry.filter(company_id=business.company_id).exclude(actor="bootstrap")
    assert await done.values_list("action", "subject") == []
