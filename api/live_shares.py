"""How many websockets and event streams may be open in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from auth.staff import Staff
from core.quotas import Quota
from settings import Settings


class LiveShares:
    """Counts them by address before, and by credential and company after authentication.

    An event stream is one subscription, so as one it counts for its credential and company.
    """

    def __init__(self, settings: Settings) -> None:
        self.per_ip = Quota(
            settings.live_connections_per_ip, "websockets and event streams from this address"
        )
        self._per_credential = Quota(
            settings.live_connections_per_credential, "websockets of this session or API key"
        )
        self._per_company = Quota(
            settings.live_connections_per_company, "websockets of this company"
        )

    @contextmanager
    def hold(self, staff: Staff) -> Iterator[None]:
        """Count a websocket of `staff` inside. Raises RateLimited if there are too many."""
        with (
            self._per_credential.hold(staff.credential_id),
            self._per_company.hold(staff.company_id),
        ):
            yield
