"""The webhook that receives Stripe's events."""

from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog import get_logger
from tortoise.exceptions import IntegrityError

from context import services_of
from core.telemetry.metrics import STRIPE_EVENTS
from db.availability import as_unavailable
from db.connections import DATABASE_ERRORS
from errors import BadInput, NotFound
from integrations.stripe.client import StripeClient
from integrations.stripe.signatures import is_signed
from integrations.stripe.webhook_payloads import Event, InvalidPayload
from models import EventStatus, StripeEvent
from services.checkout.payment_details import look_up_details
from services.checkout.stripe_events import park, receive
from web.http.body_limits import limit_body

MAX_BODY: Final = 256 * 1024
"""Bytes."""
_TOO_LARGE: Final = f"An event is larger than {MAX_BODY // 1024} KiB."

log = get_logger(__name__)


class StripeWebhook(HTTPEndpoint):
    """Receives events, which are signed byte for byte."""

    async def post(self, request: Request) -> Response:
        """Receive an event. A response of 200 means that it is applied or kept.

        Raises NotFound if no webhook secret is configured, BadInput for a bad signature, and
        BodyTooLarge.
        """
        services = services_of(request)
        secrets = services.settings.stripe_webhook_secret
        if not secrets:
            raise NotFound
        body = await limit_body(request, MAX_BODY, _TOO_LARGE).body()
        if not is_signed(body, request.headers.get("stripe-signature"), secrets):
            raise BadInput("The signature is invalid.")
        try:
            event = Event.parse(body)
        except InvalidPayload as error:
            raise BadInput(f"The event is invalid: {error}.") from error
        row = await _receive(event, services.stripe, livemode=services.livemode)
        STRIPE_EVENTS.labels(row.status.lower()).inc()
        if row.status is EventStatus.PARKED:
            log.warning("stripe.event_parked", event_id=row.id, type=row.type, detail=row.detail)
        return JSONResponse({"status": row.status})


async def _receive(event: Event, stripe: StripeClient | None, *, livemode: bool) -> StripeEvent:
    """Apply an event, or park it if the portal fails to.

    If the database can't be reached or rolls back, the error makes Stripe send the event again: it
    does after every status but 2xx, https://docs.stripe.com/webhooks#retries.
    """
    try:
        details = await look_up_details(stripe, event)
        return await receive(event, livemode=livemode, details=details)
    except IntegrityError:
        log.exception("stripe.event_refused", event_id=event.id)
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        if as_unavailable(error):
            raise
        log.exception("stripe.event_failed", event_id=event.id)
    return await park(event)
