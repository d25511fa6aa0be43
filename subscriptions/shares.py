"""What followers may take of this process, so that one company's can't slow the others down."""

from uuid import UUID

from core.quotas import Hold, Quota
from core.turns import Turns
from i18n.translations import N_


class FollowerShares:
    """Shared by all hubs: the numbers of subscriptions, and turns at sending events."""

    def __init__(self, *, per_company: int, per_credential: int) -> None:
        self.turns = Turns()
        self._per_company = Quota(
            per_company,
            N_("This company has too many subscriptions. The limit is %(limit)s."),
        )
        self._per_credential = Quota(
            per_credential,
            N_("This session or API key has too many subscriptions. The limit is %(limit)s."),
        )

    def hold(self, company_id: UUID, credential_id: UUID) -> Hold:
        """Count a subscription. Raises RateLimited if there are too many."""
        return Hold((self._per_company, company_id), (self._per_credential, credential_id))
