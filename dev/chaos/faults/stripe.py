"""Stripe answers with errors, late or never, and its events are lost, late or doubled."""

import asyncio
from collections.abc import AsyncIterator

from dev.chaos.faults.fault import POSTGRES, SQLITE, Fault, Target, fault

_BOTH = (POSTGRES, SQLITE)


@fault("paying is refused with a reason", on=_BOTH, staff_can_read=True)
async def stripe_down(target: Target) -> AsyncIterator[None]:
    """Stripe can't be reached."""
    await asyncio.to_thread(target.cluster.stripe.stop)
    yield
    await asyncio.to_thread(target.cluster.stripe.start)


@fault("paying is refused with a reason", seconds=5, on=_BOTH, staff_can_read=True)
async def stripe_frozen(target: Target) -> AsyncIterator[None]:
    """Stripe accepts connections and doesn't answer."""
    target.cluster.stripe.freeze()
    yield
    target.cluster.stripe.thaw()


def _fault(kind: str, description: str, promise: str, seconds: float | None = None) -> Fault:
    async def cause(target: Target) -> AsyncIterator[None]:
        await target.cluster.stripe.arm(kind, seconds)
        yield
        await target.cluster.stripe.clear()

    cause.__name__, cause.__doc__ = f"stripe_{kind}", description
    return fault(promise, on=_BOTH, staff_can_read=True)(cause)


def _webhooks(mode: str, description: str, promise: str) -> Fault:
    async def cause(target: Target) -> AsyncIterator[None]:
        stripe = target.cluster.stripe
        await stripe.control("webhooks", body={"mode": mode})
        yield
        await stripe.clear()
        if mode == "held":
            await stripe.control("webhooks/deliver", body={"reverse": True})

    cause.__name__, cause.__doc__ = f"webhooks_{mode}", description
    return fault(promise, on=_BOTH, staff_can_read=True)(cause)


_REFUSED = "paying is refused with a reason"
_ONCE = "each payment is booked once"
stripe_500 = _fault("500", "Stripe answers 500.", _REFUSED)
stripe_500_kept = _fault("500_kept", "Stripe answers 500, and again for the same key.", _REFUSED)
stripe_500_after = _fault(
    "500_after", "Stripe does the work and answers 500, and again for the same key.", _ONCE
)
stripe_429 = _fault("429", "Stripe answers 429.", _REFUSED)
stripe_slow = _fault("slow", "Stripe takes 1.5 s.", "nothing else waits", 1.5)
stripe_timeout = _fault("timeout", "Stripe doesn't answer.", _REFUSED, 4.0)
stripe_timeout_after = _fault(
    "timeout_after", "Stripe does the work and doesn't answer.", _ONCE, 4.0
)
stripe_reset = _fault("reset", "Connections to Stripe break.", _REFUSED)
stripe_reset_after = _fault(
    "reset_after", "Stripe does the work, and the connection breaks.", _ONCE
)
webhooks_dropped = _webhooks("dropped", "Events are lost.", "reconcile books what was missed")
webhooks_held = _webhooks("held", "Events arrive later, in reverse order.", _ONCE)
webhooks_reversed = _webhooks("reversed", "Events arrive in reverse order.", _ONCE)
webhooks_twice = _webhooks("twice", "Events arrive twice.", _ONCE)
