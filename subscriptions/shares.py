"""What followers may take of this process, so that one company's can't slow the others down."""

from uuid import UUID

from core.quotas import Hold, Quota
from core.turns import Turns


class FollowerShares:
    """Shared by all hubs: the numbers of subscriptions, and turns at sending events."""

    def __init__(self, *, per_company: int, per_credential: int) -> None:
        self.turns = Turns()
        self._per_company = Quota(per_company, "subscriptions of this company")
        self._per_credential = Quota(per_credential, "subscriptions of this session or API key")

    def hold(self, company_id: UUID, credential_id: UUID) -> Hold:
        """Count a subscription. Raises RateLimited if there are too many."""
        return Hold((self._per_company, company_id), (self._per_credential, credential_id))
