"""How many websockets and event streams may be open in this process."""

from auth.staff import Staff
from core.quotas import Hold, Quota
from i18n.translations import N_
from settings import Settings


class LiveShares:
    """Counts them by address before, and by credential and company after authentication.

    An event stream is a single subscription, and counts as one for its credential and company.
    """

    def __init__(self, settings: Settings) -> None:
        self.per_ip = Quota(
            settings.live_connections_per_ip,
            N_("This address has too many websockets and event streams. The limit is %(limit)s."),
        )
        self._per_credential = Quota(
            settings.live_connections_per_credential,
            N_("This session or API key has too many websockets. The limit is %(limit)s."),
        )
        self._per_company = Quota(
            settings.live_connections_per_company,
            N_("This company has too many websockets. The limit is %(limit)s."),
        )

    def hold(self, staff: Staff) -> Hold:
        """Count a websocket of `staff`. Raises RateLimited if there are too many."""
        return Hold(
            (self._per_credential, staff.credential_id), (self._per_company, staff.company_id)
        )
