"""Recording views: which requests are views, and which of them count."""

from dataclasses import dataclass

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.staff import Staff
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from db.availability import as_unavailable
from errors import NotFound, RateLimited
from models import ViewSource
from services.sharing.automation.detection import is_automated
from services.sharing.automation.suspicion import is_suspected, was_just_emailed
from services.sharing.link_targets import LinkTarget
from services.sharing.new_views import NewView
from services.sharing.tokens import TokenLookup
from services.sharing.view_recorder import ViewRecorder


@dataclass(frozen=True, slots=True)
class Views:
    """Records views of shared invoices."""

    tokens: TokenLookup
    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem
    recorder: ViewRecorder
    over_https: bool
    """Whether the pages are at HTTPS addresses."""

    async def report(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None,
        source: ViewSource,
        staff: Staff | None,
    ) -> bool:
        """Record a view through the link of `token`, which a front end reports, as `record` does.

        Raises NotFound and RateLimited as `TokenLookup` does.
        """
        link = await self.tokens.find_target(token, client_info, number, recalled=True)
        try:
            recorded = await self.record(
                link, client_info, source=source, staff=staff, reported_by_client=True
            )
        except NotFound:
            recorded = False
        if not recorded:
            # Only a view that was written shows that the link still works.
            await self.tokens.find_target(token, client_info, number)
        return recorded

    async def record(
        self,
        link: LinkTarget,
        client_info: ClientInfo,
        *,
        source: ViewSource = ViewSource.LINK,
        staff: Staff | None,
        reported_by_client: bool = False,
        keep: bool = False,
    ) -> bool:
        """Record a view of the invoice that a link opens.

        Returns False, and writes nothing, over a rate limit and for the company's own people.
        `reported_by_client`: a front end reports the view, see `is_automated`; nothing is suspected
        then. `keep`: a view that can't be written now is written later. Raises NotFound if the link
        has been revoked since.
        """
        if staff is not None and _is_own(staff, link, source):
            return False
        try:
            await self.rate_limiter.hit_all(
                Hit(
                    rate=self.per_ip,
                    key=("views", client_info.rate_limit_key),
                    policy="views-per-ip",
                ),
                Hit(
                    rate=self.per_token,
                    key=("views", str(link.invoice_id)),
                    policy="views-per-token",
                ),
            )
        except RateLimited:
            return False
        automated = is_automated(client_info, reported_by_client=reported_by_client)
        suspected = (
            not automated
            and not reported_by_client
            and await self._is_suspected(link, client_info, source)
        )
        view = NewView(
            invoice_id=link.invoice_id,
            company_id=link.company_id,
            token=link.token,
            source=source,
            ip=client_info.ip,
            user_agent=client_info.user_agent,
            automated=automated or suspected,
            suspected=suspected,
            portal_customer_id=link.portal_customer_id,
        )
        if not await self.recorder.record(view, keep=keep):
            raise NotFound
        return True

    async def _is_suspected(
        self, link: LinkTarget, client_info: ClientInfo, source: ViewSource
    ) -> bool:
        if is_suspected(client_info, over_https=self.over_https):
            return True
        if source is not ViewSource.EMAIL:
            return False
        try:
            return await was_just_emailed(link.invoice_id)
        except Exception as error:
            # A view that can't be written now isn't lost for that.
            if as_unavailable(error):
                return False
            raise


def _is_own(staff: Staff, link: LinkTarget, source: ViewSource) -> bool:
    """Whether the company looks at its own invoice, rather than its tool reporting a client's."""
    is_report = source is ViewSource.API and not staff.is_person
    return staff.company_id == link.company_id and not is_report
