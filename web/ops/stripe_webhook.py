"""Stripe's events."""

from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger
from tortoise.exceptions import IntegrityError

from context import services_of
from db.connections import CONNECTION_ERRORS, ROLLBACK_ERRORS
from errors import BadInput, NotFound
from integrations.stripe.signatures import is_signed
from integrations.stripe.webhook_payloads import Event, InvalidPayload
from models import EventStatus, StripeEvent
from services.checkout.stripe_events import park, receive
from web.http.body_limits import read_body

MAX_BODY: Final = 256 * 1024
_TOO_LARGE: Final = f"An event is larger than {MAX_BODY // 1024} KiB."

log = get_logger(__name__)


class StripeWebhook(HTTPEndpoint):
    """Takes what Stripe reports: the exact bytes that it has signed."""

    async def post(self, request: Request) -> Response:
        """Take an event. It has taken effect, or is kept, once this answers with 200.

        Raises NotFound while no secret is set, BadInput for a bad signature, and BodyTooLarge.
        """
        services = services_of(request)
        secrets = services.settings.stripe_webhook_secret
        if not secrets:
            raise NotFound
        body = await read_body(request, MAX_BODY, _TOO_LARGE)
        if not is_signed(body, request.headers.get("stripe-signature"), secrets):
            message = "The signature is not good."
            raise BadInput(message)
        try:
            event = Event.parse(body)
        except InvalidPayload as reason:
            message = f"This is no event: {reason}."
            raise BadInput(message) from reason
        row = await _take(event, livemode=services.livemode)
        if row.status is EventStatus.PARKED:
            log.warning("stripe.event_parked", event_id=row.id, type=row.type, detail=row.detail)
        return JSONResponse({"status": row.status})


async def _take(event: Event, *, livemode: bool) -> StripeEvent:
    """Return what became of an event. One that our own fault stops is kept.

    While the database is away it is not taken, and Stripe comes again.
    """
    try:
        return await receive(event, livemode=livemode)
    except IntegrityError:
        log.exception("stripe.event_refused", event_id=event.id)
    except (*ROLLBACK_ERRORS, *CONNECTION_ERRORS):
        raise
    except Exception:
        log.exception("stripe.event_fault", event_id=event.id)
    return await park(event)
