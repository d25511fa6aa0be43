"""The panel from which staff share a document: its link, a QR code, an e-mail, and taking it back.

Of what kind the document is, the panel need not know.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Final
from uuid import UUID

import segno
from starlette.responses import Response

from errors import NotFound
from models import EmailDelivery
from schema.emails import SendPayload
from services.common.lookups import get_owned
from web.dashboard.requests import DashboardRequest
from web.dashboard.responses import SECURITY_HEADERS

_QUIET_ZONE: Final = 4
"""Modules of white around a QR code (ISO/IEC 18004, 9.1): readers need it on a dark page, too."""


@dataclass(frozen=True, slots=True)
class SharePanel:
    """What the panel shows of a document."""

    title: str
    text: str
    """What is said beside the link, in the customer's language."""
    link: str | None
    back_url: str
    share_url: str
    """The panel's own address. Its other forms, and the QR code, are below it."""
    pdf_url: str
    version: str
    """Other for each link, so that no browser shows the QR code of an earlier one."""
    warning: str
    """What making the link does besides; empty: nothing."""
    can_share: bool
    """Whether a link can be made as it stands."""
    can_send: bool
    """Whether the document may be sent by e-mail as it stands."""


def qr_image(link: str | None) -> Response:
    """Answer with the QR code of `link` as SVG. Raises NotFound if there is none."""
    if link is None:
        raise NotFound
    image = BytesIO()
    segno.make(link, error="m", micro=False).save(
        image,
        kind="svg",
        border=_QUIET_ZONE,
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
    )
    return Response(image.getvalue(), headers=SECURITY_HEADERS, media_type="image/svg+xml")


async def sent(request: DashboardRequest, document_id: UUID) -> SendPayload | None:
    """Return what became of the e-mail about the document that the address names as `sent`.

    None if it names none. Raises NotFound for an unknown one, and for one about something else.
    """
    delivery_id = request.query.get("sent")
    if delivery_id is None:
        return None
    delivery = await get_owned(EmailDelivery, request.staff, delivery_id)
    if document_id not in {delivery.invoice_id, delivery.quote_id}:
        raise NotFound
    return SendPayload.of(delivery)
