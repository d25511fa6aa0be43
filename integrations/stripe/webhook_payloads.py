"""Stripe's events and objects, validated and converted to our own units.

Anything missing or of the wrong type raises InvalidPayload.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson

from banking.currencies import EXPONENTS
from integrations.stripe.amounts import from_stripe
from integrations.stripe.payment_details import UNKNOWN_DETAILS, PaymentDetails, expanded
from models.checkouts import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from values.money import Minor

StripeObject: TypeAlias = Mapping[str, Any]

_PAID: Final = frozenset({"paid", "no_payment_required"})
_FAILED_INTENTS: Final = frozenset({"requires_payment_method", "canceled"})
"""Statuses of a PaymentIntent whose delayed payment has failed."""
REFUND_REQUEST: Final = "invotify_refund"
"""The metadata of a refund that has the id of the row that asked for it."""
_MAX_ID_LENGTH: Final = 255
_MAX_TYPE_LENGTH: Final = 100


class InvalidPayload(ValueError):
    """What Stripe sent doesn't have the documented form. The message can be stored."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """The state of a Checkout session, with the amount that was asked for, in minor units."""

    session_id: str
    status: CheckoutStatus
    currency: str | None
    amount: Minor | None
    payment_intent: str | None
    reference: str | None
    """The reference that we gave it. Only a hint, since the connected account can change it."""
    details: PaymentDetails = UNKNOWN_DETAILS
    """Unknown in events, which don't include the PaymentIntent."""

    @classmethod
    def of(cls, session: StripeObject, *, failed: bool = False) -> "SessionReport":
        """Read a session. `failed`: its event says that the delayed payment has failed."""
        currency, amount = _asked_for(session)
        intent = session.get("payment_intent")
        if isinstance(intent, Mapping):
            failed = failed or _string(intent, "status") in _FAILED_INTENTS
        reference = session.get("client_reference_id")
        return cls(
            session_id=_id(session, "id"),
            status=_status(session, failed=failed),
            currency=currency,
            amount=amount,
            payment_intent=_intent_id(session),
            reference=reference if isinstance(reference, str) else None,
            details=PaymentDetails.of(expanded(session, "payment_intent")),
        )


@dataclass(frozen=True, slots=True)
class PaymentReversalReport:
    """The state of a refund or a dispute. The amount is in minor units."""

    id: str
    kind: PaymentReversalKind
    status: PaymentReversalStatus
    currency: str
    amount: Minor
    payment_intent: str | None
    request_id: str | None = None
    """The id that we gave to a refund that was asked for here.

    Only a hint, since the connected account can change it.
    """


@dataclass(frozen=True, slots=True)
class ChargeReport:
    """The total refunded on a charge, in minor units, and its refunds if Stripe lists them."""

    payment_intent: str | None
    currency: str
    refunded: Minor
    refunds: tuple[PaymentReversalReport, ...]
    amount: Minor | None = None
    """What was charged, if Stripe says so."""

    def in_currency(self, currency: str, amount: int) -> "ChargeReport":
        """Return this report of a charge that paid `amount` minor units in `currency`.

        If the client paid in another currency, each refund is the same share of `amount` as it is
        of what was charged.
        """
        charged = self.amount
        if self.currency == currency or not charged:
            return self

        def share(refunded: int) -> Minor:
            return Minor((2 * amount * refunded + charged) // (2 * charged))  # rounds half up

        refunds = (
            replace(refund, currency=currency, amount=share(refund.amount))
            if refund.currency == self.currency
            else refund
            for refund in self.refunds
        )
        return replace(
            self,
            currency=currency,
            refunded=share(self.refunded),
            refunds=tuple(refunds),
            amount=Minor(amount),
        )


@dataclass(frozen=True, slots=True)
class AccountReport:
    """Whether a connected account can take payments, and whether it is still connected."""

    charges_enabled: bool
    connected: bool = True


Report: TypeAlias = SessionReport | PaymentReversalReport | ChargeReport | AccountReport


def refund_report(refund: StripeObject) -> PaymentReversalReport:
    """Read a refund. A pending one counts, since its money has already left the account."""
    returned = _string(refund, "status") in {"failed", "canceled"}
    status = PaymentReversalStatus.RETURNED if returned else PaymentReversalStatus.TAKEN
    report = _payment_reversal(refund, PaymentReversalKind.REFUND, status)
    metadata = refund.get("metadata")
    request_id = metadata.get(REFUND_REQUEST) if isinstance(metadata, Mapping) else None
    return replace(report, request_id=request_id if isinstance(request_id, str) else None)


def dispute_report(dispute: StripeObject) -> PaymentReversalReport:
    """Read a dispute. Stripe withdraws the money when it opens, except for warnings."""
    stripe_status = _string(dispute, "status") or ""
    if stripe_status == "won":
        status = PaymentReversalStatus.RETURNED
    elif stripe_status.startswith("warning_") or stripe_status == "prevented":
        status = PaymentReversalStatus.NOTICE
    else:
        status = PaymentReversalStatus.TAKEN
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, status)


def _funds_reinstated(dispute: StripeObject) -> PaymentReversalReport:
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, PaymentReversalStatus.RETURNED)


def _funds_withdrawn(dispute: StripeObject) -> PaymentReversalReport:
    return _payment_reversal(dispute, PaymentReversalKind.DISPUTE, PaymentReversalStatus.TAKEN)


def charge_report(charge: StripeObject) -> ChargeReport:
    """Read a charge."""
    currency, amount = _currency(charge), None
    if charge.get("amount") is not None:
        amount = from_stripe(_integer(charge, "amount"), currency)
    return ChargeReport(
        payment_intent=_intent_id(charge),
        currency=currency,
        refunded=from_stripe(_integer(charge, "amount_refunded"), currency),
        refunds=tuple(map(refund_report, _refunds(charge))),
        amount=amount,
    )


_READERS: Final[Mapping[str, Callable[[StripeObject], Report]]] = {
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
    "charge.dispute.funds_withdrawn": _funds_withdrawn,
    "charge.dispute.funds_reinstated": _funds_reinstated,
    "account.updated": lambda o: AccountReport(charges_enabled=o.get("charges_enabled") is True),
    "account.application.deauthorized": lambda _: AccountReport(
        charges_enabled=False, connected=False
    ),
}
EVENT_TYPES: Final = tuple(_READERS)
"""The events that we handle. Operators configure Stripe to send them."""


@dataclass(frozen=True, slots=True)
class Event:
    """A Stripe event. The object in it is only validated by `read`."""

    id: str
    type: str
    account: str | None
    livemode: bool
    created_at: datetime
    payload: str
    content: StripeObject

    @classmethod
    def parse(cls, body: bytes | str) -> "Event":
        """Parse the JSON of an event."""
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidPayload("not JSON") from error
        return cls.of(content)

    @classmethod
    def of(cls, content: object) -> "Event":
        """Read an event from its parsed JSON."""
        if not isinstance(content, Mapping) or not isinstance(content.get("data"), Mapping):
            raise InvalidPayload("not an event")
        account = content.get("account")
        try:
            created_at = datetime.fromtimestamp(_integer(content, "created"), UTC)
        except (OverflowError, OSError, ValueError) as error:
            raise InvalidPayload("created is not a time") from error
        return cls(
            id=_id(content, "id"),
            type=_id(content, "type")[:_MAX_TYPE_LENGTH],
            account=None if account is None else _id(content, "account"),
            livemode=content.get("livemode") is True,
            created_at=created_at,
            payload=_to_json(content),
            content=content,
        )

    @property
    def is_handled(self) -> bool:
        """Whether events of this type have an effect here."""
        return self.type in _READERS

    def read(self) -> Report:
        """Read the object that a handled event is about."""
        stripe_object = self.content["data"].get("object")
        if not isinstance(stripe_object, Mapping):
            raise InvalidPayload("data.object is not an object")
        return _READERS[self.type](stripe_object)


def _to_json(content: StripeObject) -> str:
    try:
        return orjson.dumps(content).decode()
    except orjson.JSONEncodeError as error:
        raise InvalidPayload("not JSON") from error


def _asked_for(session: StripeObject) -> tuple[str | None, Minor | None]:
    """Return the currency of the session as we created it, and its amount.

    If the client pays in another currency (Adaptive Pricing), API versions before 2025-03-31 say
    that one in the session, and ours in its `currency_conversion`. Later versions say ours.
    """
    conversion = session.get("currency_conversion")
    if conversion is not None:
        if not isinstance(conversion, Mapping):
            raise InvalidPayload("currency_conversion is not an object")
        currency = _currency(conversion, "source_currency")
        return currency, from_stripe(_integer(conversion, "amount_total"), currency)
    if session.get("currency") is None:
        return None, None
    currency = _currency(session)
    if session.get("amount_total") is None:
        return currency, None
    return currency, from_stripe(_integer(session, "amount_total"), currency)


def _status(session: StripeObject, *, failed: bool) -> CheckoutStatus:
    if _string(session, "payment_status") in _PAID:
        return CheckoutStatus.PAID
    match _string(session, "status"):
        case "open":
            return CheckoutStatus.OPEN
        case "expired":
            return CheckoutStatus.EXPIRED
        case "complete":
            return CheckoutStatus.FAILED if failed else CheckoutStatus.PENDING
        case other:
            raise InvalidPayload(f"status {_quote(other)} is unknown")


def _payment_reversal(
    stripe_object: StripeObject, kind: PaymentReversalKind, status: PaymentReversalStatus
) -> PaymentReversalReport:
    currency = _currency(stripe_object)
    return PaymentReversalReport(
        id=_id(stripe_object, "id"),
        kind=kind,
        status=status,
        currency=currency,
        amount=from_stripe(_integer(stripe_object, "amount"), currency),
        payment_intent=_intent_id(stripe_object),
    )


def _intent_id(stripe_object: StripeObject) -> str | None:
    """Return the id of the PaymentIntent, which may be expanded to an object."""
    intent = stripe_object.get("payment_intent")
    if isinstance(intent, Mapping):
        return _id(intent, "id")
    return None if intent is None else _id(stripe_object, "payment_intent")


def _refunds(charge: StripeObject) -> list[StripeObject]:
    """Return the refunds of a charge. Recent versions of Stripe's API don't list them."""
    refunds = charge.get("refunds")
    if refunds is None:
        return []
    rows = refunds.get("data") if isinstance(refunds, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidPayload("refunds is not a list")
    return rows


def _currency(stripe_object: StripeObject, name: str = "currency") -> str:
    currency = str(stripe_object.get(name)).upper()
    if currency not in EXPONENTS:
        raise InvalidPayload(f"{_quote(currency)} is not a currency")
    return currency


def _quote(text: str | None) -> str:
    """Return the beginning of `text` in characters that columns can store."""
    return ascii((text or "")[:20]).strip("'")


def _integer(stripe_object: StripeObject, name: str) -> int:
    value = stripe_object.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**15:
        raise InvalidPayload(f"{name} is not an integer")
    return value


def _string(stripe_object: StripeObject, name: str) -> str | None:
    value = stripe_object.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidPayload(f"{name} is not a string")
    return value


def is_id(text: str) -> bool:
    """Whether `text` can be the id of an object at Stripe. Columns can't store any other text."""
    return 0 < len(text) <= _MAX_ID_LENGTH and "\x00" not in text


def _id(stripe_object: StripeObject, name: str) -> str:
    value = stripe_object.get(name)
    if not isinstance(value, str) or not is_id(value):
        raise InvalidPayload(f"{name} is not an id")
    return value
