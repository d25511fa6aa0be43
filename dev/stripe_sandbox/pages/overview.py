"""The page on which a person plays Stripe: what there is, and what may become of it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.actions import Details, act
from dev.stripe_sandbox.currencies import exponent
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.objects.disputes import OPEN
from dev.stripe_sandbox.objects.payments import charge_behind
from dev.stripe_sandbox.pages.payment import state_of
from dev.stripe_sandbox.pages.rendering import render, see_own
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.webhooks import DeliveryMode, DeliveryState

_SHOWN: Final = 50
_HOUR: Final = 3600
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Payment:
    """A session with all that belongs to it."""

    session: Object
    business: str
    state: str
    charge: Object | None
    refunds: list[Object]
    disputes: list[Object]

    @property
    def can_be_taken_back(self) -> bool:
        """Whether some money is there that may be refunded or disputed."""
        charge = self.charge
        return bool(charge and charge["paid"] and not charge["refunded"] and not charge["disputed"])

    @property
    def title(self) -> str:
        """What is paid for."""
        return ", ".join(item["description"] for item in self.session["_line_items"])


async def overview_page(request: Request) -> Response:
    """Show everything, the newest first."""
    sandbox: Sandbox = request.app.state.sandbox
    sandbox.expire_overdue()
    deliveries = sandbox.webhooks.deliveries
    values = {
        "accounts": list(sandbox.store.everywhere("account")),
        "deliveries": deliveries[: -_SHOWN - 1 : -1],
        "held": sum(found.state is DeliveryState.HELD for found in deliveries),
        "mode": sandbox.webhooks.mode,
        "modes": list(DeliveryMode),
        "name_of": name_of,
        "open_disputes": OPEN,
        "payments": _payments(sandbox),
        "webhook_url": sandbox.webhooks.url,
    }
    return render(request, "overview.html", values)


def _payments(sandbox: Sandbox) -> list[Payment]:
    sessions = list(sandbox.store.everywhere("checkout.session"))[:_SHOWN]
    return [_payment(sandbox, session) for session in sessions]


def _payment(sandbox: Sandbox, session: Object) -> Payment:
    store, owner = sandbox.store, sandbox.store.owner(session)
    has_charge = session["payment_intent"] is not None
    charge = charge_behind(store, session["id"]) if has_charge else None
    return Payment(
        session=session,
        business=name_of(store.anywhere("account", owner) if owner else None),
        state=state_of(sandbox, session),
        charge=charge,
        refunds=store.of("refund", owner, charge=charge["id"]) if charge else [],
        disputes=store.of("dispute", owner, charge=charge["id"]) if charge else [],
    )


# --- buttons --------------------------------------------------------------------------------------


async def do(request: Request) -> Response:
    """Let something happen to an object, and show everything again."""
    sandbox: Sandbox = request.app.state.sandbox
    kind, verb, id_ = (request.path_params[name] for name in ("kind", "verb", "id"))
    async with request.form() as form:
        details = _details(sandbox, id_, form)
    act(sandbox, kind, verb, id_, details)
    return see_own(request, "/")


async def set_mode(request: Request) -> Response:
    """Choose how events are sent from now on."""
    sandbox: Sandbox = request.app.state.sandbox
    async with request.form() as form:
        mode = str(form.get("mode"))
    if mode not in set(DeliveryMode):
        message = "There is no such way to send events."
        raise InvalidParameter(message)
    sandbox.webhooks.mode = DeliveryMode(mode)
    return see_own(request, "/")


async def deliver_held(request: Request) -> Response:
    """Send the events that were held back."""
    request.app.state.sandbox.webhooks.deliver_held()
    return see_own(request, "/")


async def advance(request: Request) -> Response:
    """Turn the clock forward by an hour."""
    request.app.state.sandbox.clock.advance(_HOUR)
    return see_own(request, "/")


def _details(sandbox: Sandbox, id_: str, form: FormData) -> Details:
    said = str(form.get("amount", "")).strip()
    if not said:
        return Details()
    charge = charge_behind(sandbox.store, id_)
    return Details(amount=_minor(said, charge["currency"]))


def _minor(said: str, currency: str) -> int:
    """Return the minor units of an amount that somebody has typed."""
    minor = Decimal(said).scaleb(exponent(currency)) if _AMOUNT.fullmatch(said) else Decimal(0)
    if minor <= 0 or minor != int(minor):
        message = f"“{said}” is no amount of {currency.upper()}."
        raise InvalidParameter(message, param="amount")
    return int(minor)
