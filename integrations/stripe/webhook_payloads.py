"""What Stripe says, in its events and when it is asked: told apart, checked, in our own units.

Whatever is missing or of another shape raises Malformed: it is a program elsewhere that speaks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson

from integrations.stripe.amounts import from_stripe
from models.checkouts import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from models.currencies import EXPONENTS
from models.money import Minor

Object: TypeAlias = Mapping[str, Any]

_PAID: Final = frozenset({"paid", "no_payment_required"})
_NOT_PAID_ANY_MORE: Final = frozenset({"requires_payment_method", "canceled"})
"""What becomes of a PaymentIntent whose late payment has failed."""
_MAX_ID: Final = 255


class Malformed(ValueError):
    """Stripe's words are not what they are documented to be."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """Where a Checkout session stands; the amount is in minor units."""

    session_id: str
    status: CheckoutStatus
    currency: str | None
    amount: Minor | None
    payment_intent: str | None
    reference: str | None
    """What we have called it: a hint, since it is Stripe's account that repeats it."""

    @classmethod
    def of(cls, session: Object, *, failed: bool = False) -> "SessionReport":
        """Return the report of `session`; `failed`: its event says that the late payment has."""
        currency = amount = None
        if session.get("currency") is not None:
            currency = _currency(session)
        if currency is not None and session.get("amount_total") is not None:
            amount = from_stripe(_whole(session, "amount_total"), currency)
        intent, reference = session.get("payment_intent"), session.get("client_reference_id")
        if isinstance(intent, Mapping):
            failed = failed or _word(intent, "status") in _NOT_PAID_ANY_MORE
        return cls(
            session_id=_id(session, "id"),
            status=_status(session, failed=failed),
            currency=currency,
            amount=amount,
            payment_intent=_intent(session),
            reference=reference if isinstance(reference, str) else None,
        )


@dataclass(frozen=True, slots=True)
class PaymentReversalReport:
    """Where a refund or a dispute stands; the amount is in minor units of the currency."""

    id: str
    kind: PaymentReversalKind
    status: PaymentReversalStatus
    currency: str
    amount: Minor
    payment_intent: str | None


@dataclass(frozen=True, slots=True)
class ChargeReport:
    """How much of a charge was refunded in all, in minor units, and by what if that is said."""

    payment_intent: str | None
    currency: str
    refunded: Minor
    refunds: tuple[PaymentReversalReport, ...]


@dataclass(frozen=True, slots=True)
class AccountReport:
    """Whether a connected account can take payments; `connected`: whether it is still ours."""

    charges_enabled: bool
    connected: bool = True


Report: TypeAlias = SessionReport | PaymentReversalReport | ChargeReport | AccountReport


def refund_report(refund: Object) -> PaymentReversalReport:
    """Return the report of a refund. A pending one has left the account already."""
    returned = _word(refund, "status") in {"failed", "canceled"}
    status = PaymentReversalStatus.RETURNED if returned else PaymentReversalStatus.TAKEN
    return _payment_reversal(refund, PaymentReversalKind.REFUND, status)


def dispute_report(dispute: Object) -> PaymentReversalReport:
    """Return the report of a dispute. Its money is taken as it opens; warnings take none."""
    said = _word(dispute, "status") or ""
    if said == "won":
        status = PaymentReversalStatus.RETURNED
    elif said.startswith("warning_") or said == "prevented":
        status = PaymentReversalStatus.NOTICE
    else:
        status = PaymentReversalStatus.TAKEN
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, status)


def _reinstated(dispute: Object) -> PaymentReversalReport:
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, PaymentReversalStatus.RETURNED)


def _withdrawn(dispute: Object) -> PaymentReversalReport:
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, PaymentReversalStatus.TAKEN)


def charge_report(charge: Object) -> ChargeReport:
    """Return the report of a charge."""
    currency = _currency(charge)
    return ChargeReport(
        payment_intent=_intent(charge),
        currency=currency,
        refunded=from_stripe(_whole(charge, "amount_refunded"), currency),
        refunds=tuple(map(refund_report, _refunds(charge))),
    )


_READERS: Final[Mapping[str, Callable[[Object], Report]]] = {
    "checkout.session.completed": SessionReport.of,
    "checkout.session.async_payment_succeeded": SessionReport.of,
    "checkout.session.async_payment_failed": lambda o: SessionReport.of(o, failed=True),
    "checkout.session.expired": SessionReport.of,
    "charge.refunded": charge_report,
    "charge.refund.updated": refund_report,
    "refund.created": refund_report,
    "refund.updated": refund_report,
    "refund.failed": refund_report,
    "charge.dispute.created": dispute_report,
    "charge.dispute.updated": dispute_report,
    "charge.dispute.closed": dispute_report,
    "charge.dispute.funds_withdrawn": _withdrawn,
    "charge.dispute.funds_reinstated": _reinstated,
    "account.updated": lambda o: AccountReport(charges_enabled=o.get("charges_enabled") is True),
    "account.application.deauthorized": lambda _: AccountReport(
        charges_enabled=False, connected=False
    ),
}
EVENT_TYPES: Final = tuple(_READERS)
"""The events that mean something to us: what an operator has Stripe send."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event, with the object that it is about not looked at yet."""

    id: str
    type: str
    account: str | None
    livemode: bool
    created_at: datetime
    payload: str
    content: Object

    @classmethod
    def parse(cls, body: bytes | str) -> "Event":
        """Return the event that `body` is the JSON of."""
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            message = "no JSON"
            raise Malformed(message) from error
        return cls.of(content)

    @classmethod
    def of(cls, content: object) -> "Event":
        """Return the event that Stripe's object `content` is."""
        if not isinstance(content, Mapping) or not isinstance(content.get("data"), Mapping):
            message = "no event"
            raise Malformed(message)
        account = content.get("account")
        try:
            created_at = datetime.fromtimestamp(_whole(content, "created"), UTC)
        except (OverflowError, OSError, ValueError) as error:
            message = "created is no time"
            raise Malformed(message) from error
        return cls(
            id=_id(content, "id"),
            type=_id(content, "type")[:100],
            account=None if account is None else _id(content, "account"),
            livemode=content.get("livemode") is True,
            created_at=created_at,
            payload=_dumped(content),
            content=content,
        )

    @property
    def is_known(self) -> bool:
        """Whether it is of a type that means something to us."""
        return self.type in _READERS

    def read(self) -> Report:
        """Return what it reports, if it is known. Raises Malformed."""
        about = self.content["data"].get("object")
        if not isinstance(about, Mapping):
            message = "no object"
            raise Malformed(message)
        return _READERS[self.type](about)


def _dumped(content: Object) -> str:
    try:
        return orjson.dumps(content).decode()
    except orjson.JSONEncodeError as error:
        message = "no JSON"
        raise Malformed(message) from error


def _status(session: Object, *, failed: bool) -> CheckoutStatus:
    if _word(session, "payment_status") in _PAID:
        return CheckoutStatus.PAID
    match _word(session, "status"):
        case "open":
            return CheckoutStatus.OPEN
        case "expired":
            return CheckoutStatus.EXPIRED
        case "complete":
            return CheckoutStatus.FAILED if failed else CheckoutStatus.PENDING
        case other:
            message = f"a session can't be {other}"
            raise Malformed(message)


def _payment_reversal(
    about: Object, kind: PaymentReversalKind, status: PaymentReversalStatus
) -> PaymentReversalReport:
    currency = _currency(about)
    return PaymentReversalReport(
        id=_id(about, "id"),
        kind=kind,
        status=status,
        currency=currency,
        amount=from_stripe(_whole(about, "amount"), currency),
        payment_intent=_intent(about),
    )


def _intent(about: Object) -> str | None:
    """Return the PaymentIntent's id: by itself, or out of the object if that is spelt out."""
    intent = about.get("payment_intent")
    if isinstance(intent, Mapping):
        return _id(intent, "id")
    return None if intent is None else _id(about, "payment_intent")


def _refunds(charge: Object) -> list[Object]:
    """Return the refunds that a charge lists; newer versions of Stripe's API list none."""
    refunds = charge.get("refunds")
    if refunds is None:
        return []
    listed = refunds.get("data") if isinstance(refunds, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(row, Mapping) for row in listed):
        message = "refunds is no list"
        raise Malformed(message)
    return listed


def _currency(about: Object) -> str:
    currency = str(about.get("currency")).upper()
    if currency not in EXPONENTS:
        message = f"{currency[:10]} is no currency"
        raise Malformed(message)
    return currency


def _whole(about: Object, name: str) -> int:
    value = about.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**15:
        message = f"{name} is no whole number"
        raise Malformed(message)
    return value


def _word(about: Object, name: str) -> str | None:
    value = about.get(name)
    if value is not None and not isinstance(value, str):
        message = f"{name} is no word"
        raise Malformed(message)
    return value


def _id(about: Object, name: str) -> str:
    value = about.get(name)
    # PostgreSQL has no text with a NUL in it.
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ID or "\x00" in value:
        message = f"{name} is no id"
        raise Malformed(message)
    return value
