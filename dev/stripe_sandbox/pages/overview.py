"""The overview: all objects, with buttons for everything that can happen to them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.actions import ActionOptions, perform
from dev.stripe_sandbox.currencies import exponent
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.objects.accounts import name_of
from dev.stripe_sandbox.objects.disputes import OPEN_STATUSES
from dev.stripe_sandbox.objects.payments import find_charge
from dev.stripe_sandbox.pages.payment import payment_state
from dev.stripe_sandbox.pages.rendering import redirect_within, render
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object
from dev.stripe_sandbox.webhooks import DeliveryMode, DeliveryState

_MAX_ROWS: Final = 50
_HOUR: Final = 3600
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Payment:
    """A session with its charge, refunds and disputes."""

    session: Object
    business: str
    state: str
    charge: Object | None
    refunds: list[Object]
    disputes: list[Object]

    @property
    def is_refundable(self) -> bool:
        """Whether the payment can be refunded or disputed."""
        charge = self.charge
        return bool(charge and charge["paid"] and not charge["refunded"] and not charge["disputed"])

    @property
    def title(self) -> str:
        """The descriptions of the line items."""
        return ", ".join(item["description"] for item in self.session["_line_items"])


async def overview_page(request: Request) -> Response:
    """Show everything, newest first."""
    sandbox: Sandbox = request.app.state.sandbox
    sandbox.expire_overdue()
    deliveries = sandbox.webhooks.deliveries
    values = {
        "accounts": list(sandbox.store.all("account")),
        "deliveries": deliveries[: -_MAX_ROWS - 1 : -1],
        "held": sum(each.state is DeliveryState.HELD for each in deliveries),
        "mode": sandbox.webhooks.mode,
        "modes": list(DeliveryMode),
        "name_of": name_of,
        "open_disputes": OPEN_STATUSES,
        "payments": _payments(sandbox),
        "webhook_url": sandbox.webhooks.url,
    }
    return render(request, "overview.html", values)


def _payments(sandbox: Sandbox) -> list[Payment]:
    sessions = list(sandbox.store.all("checkout.session"))[:_MAX_ROWS]
    return [_payment(sandbox, session) for session in sessions]


def _payment(sandbox: Sandbox, session: Object) -> Payment:
    store, owner = sandbox.store, sandbox.store.owner(session)
    has_charge = session["payment_intent"] is not None
    charge = find_charge(store, session["id"]) if has_charge else None
    return Payment(
        session=session,
        business=name_of(store.get("account", owner) if owner else None),
        state=payment_state(sandbox, session),
        charge=charge,
        refunds=store.filter("refund", owner, charge=charge["id"]) if charge else [],
        disputes=store.filter("dispute", owner, charge=charge["id"]) if charge else [],
    )


# --- buttons --------------------------------------------------------------------------------------


async def perform_action(request: Request) -> Response:
    """Perform an action on an object, then show the overview again."""
    sandbox: Sandbox = request.app.state.sandbox
    kind, verb, id_ = (request.path_params[name] for name in ("kind", "verb", "id"))
    async with request.form() as form:
        options = _options(sandbox, id_, form)
    perform(sandbox, kind, verb, id_, options)
    return redirect_within(request, "/")


async def set_mode(request: Request) -> Response:
    """Set how new events are delivered."""
    sandbox: Sandbox = request.app.state.sandbox
    async with request.form() as form:
        mode = str(form.get("mode"))
    if mode not in set(DeliveryMode):
        raise InvalidParameter("Unknown delivery mode.")
    sandbox.webhooks.mode = DeliveryMode(mode)
    return redirect_within(request, "/")


async def deliver_held(request: Request) -> Response:
    """Send the held events."""
    request.app.state.sandbox.webhooks.deliver_held()
    return redirect_within(request, "/")


async def advance_clock(request: Request) -> Response:
    """Move the clock forward by one hour."""
    request.app.state.sandbox.clock.advance(_HOUR)
    return redirect_within(request, "/")


def _options(sandbox: Sandbox, id_: str, form: FormData) -> ActionOptions:
    amount = str(form.get("amount", "")).strip()
    if not amount:
        return ActionOptions()
    charge = find_charge(sandbox.store, id_)
    return ActionOptions(amount=_to_minor(amount, charge["currency"]))


def _to_minor(text: str, currency: str) -> int:
    """Return a typed amount in minor units. Raises InvalidParameter."""
    minor = Decimal(text).scaleb(exponent(currency)) if _AMOUNT.fullmatch(text) else Decimal(0)
    if minor <= 0 or minor != int(minor):
        message = f"“{text}” is not a valid amount in {currency.upper()}."
        raise InvalidParameter(message, param="amount")
    return int(minor)
