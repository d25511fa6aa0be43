"""Recording opens: what is one, and how many of them count."""

from dataclasses import dataclass

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.staff import Staff
from core.rate_limits import RateLimiter
from errors import NotFound, RateLimited
from models import Invoice, ViewSource
from services.sharing.bot_detection import is_automated
from services.sharing.tokens import TokenLookup
from services.sharing.view_recorder import NewView, Recorder


@dataclass(frozen=True, slots=True)
class Viewing:
    """Decides whether an open is one, and has it recorded."""

    tokens: TokenLookup
    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem
    recorder: Recorder

    async def record(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None = None,
        source: ViewSource = ViewSource.LINK,
        staff: Staff | None = None,
        said_so: bool = False,
    ) -> bool:
        """Record an open through an invoice's token, or a portal's with the invoice's number.

        Returns False, with nothing written, over a rate limit and for the company's own people.
        `said_so`: a front end reports it, see `is_automated`. Raises NotFound, RateLimited.
        """
        if number is None:
            invoice = await self.tokens.find_shared_invoice(token, client_info)
        else:
            invoice = await self.tokens.find_portal_invoice(token, number, client_info)
        if staff is not None and _is_own(staff, invoice, source):
            return False
        try:
            await self.rate_limiter.hit(self.per_ip, "views", client_info.rate_limit_key)
            await self.rate_limiter.hit(self.per_token, "views", str(invoice.id))
        except RateLimited:
            return False
        opened = NewView(
            invoice_id=invoice.id,
            company_id=invoice.company_id,
            token=token,
            source=source,
            ip=client_info.ip,
            user_agent=client_info.user_agent,
            automated=is_automated(client_info, said_so=said_so),
            portal_of=None if number is None else invoice.customer_id,
        )
        if not await self.recorder.record(opened):
            raise NotFound
        return True


def _is_own(staff: Staff, invoice: Invoice, source: ViewSource) -> bool:
    """Whether the company looks at its own invoice. A tool may report a client's open as API."""
    reports = source is ViewSource.API and not staff.is_person
    return staff.company_id == invoice.company_id and not reports
