"""Actions on objects, by the names that the control API and the pages use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.objects.adaptive_pricing import Conversion
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object


@dataclass(frozen=True, slots=True)
class ActionOptions:
    """Options of a payment, a refund or a dispute."""

    amount: int | None = None
    """In the currency's smallest unit; None is the whole amount."""
    reason: str | None = None
    pending: bool = False
    conversion: Conversion | None = None
    """The currency of a payment, if it is not the session's."""


Action: TypeAlias = Callable[[Sandbox, str, ActionOptions], Object | None]


def _refund(sandbox: Sandbox, id_: str, options: ActionOptions) -> Object:
    return sandbox.refund(id_, options.amount, reason=options.reason, pending=options.pending)


def _dispute(sandbox: Sandbox, id_: str, options: ActionOptions) -> Object:
    return sandbox.dispute(id_, options.amount, options.reason or "fraudulent")


def _resend(sandbox: Sandbox, id_: str, _: ActionOptions) -> None:
    sandbox.webhooks.resend(sandbox.store.get("event", id_))


_ACTIONS: Final[Mapping[str, Action]] = {
    "accounts/deauthorize": lambda sandbox, id_, _: sandbox.deauthorize(id_),
    "accounts/disable": lambda sandbox, id_, _: sandbox.set_charges_enabled(id_, enabled=False),
    "accounts/enable": lambda sandbox, id_, _: sandbox.set_charges_enabled(id_, enabled=True),
    "accounts/reconnect": lambda sandbox, id_, _: sandbox.reconnect(id_),
    "disputes/answer": lambda sandbox, id_, _: sandbox.answer_dispute(id_),
    "disputes/lose": lambda sandbox, id_, _: sandbox.lose_dispute(id_),
    "disputes/win": lambda sandbox, id_, _: sandbox.win_dispute(id_),
    "events/resend": _resend,
    "payments/dispute": _dispute,
    "payments/refund": _refund,
    "refunds/arrive": lambda sandbox, id_, _: sandbox.arrive_refund(id_),
    "refunds/fail": lambda sandbox, id_, _: sandbox.fail_refund(id_),
    "sessions/expire": lambda sandbox, id_, _: sandbox.expire(id_),
    "sessions/fail": lambda sandbox, id_, _: sandbox.fail(id_),
    "sessions/pay": lambda sandbox, id_, options: sandbox.pay(id_, options.conversion),
    "sessions/pay_late": lambda sandbox, id_, _: sandbox.pay_late(id_),
    "sessions/succeed": lambda sandbox, id_, _: sandbox.succeed(id_),
}
"""A payment's id is that of its session, its intent or its charge."""


def perform(
    sandbox: Sandbox, kind: str, verb: str, id_: str, options: ActionOptions
) -> Object | None:
    """Perform an action on an object and return the object it creates, if any."""
    action = _ACTIONS.get(f"{kind}/{verb}")
    if action is None:
        raise InvalidParameter(f"There is no such action: {kind}/{verb}")
    return action(sandbox, id_, options)
