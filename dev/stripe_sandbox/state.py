"""The sandbox itself: all that it knows, and all that a test or a person can let happen."""

from collections.abc import Iterable
from contextlib import suppress

from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.errors import AccountInvalid, InvalidState, ResourceMissing
from dev.stripe_sandbox.events import Cause, Happening, event_of
from dev.stripe_sandbox.faults import Fault, FaultKind, Faults
from dev.stripe_sandbox.idempotency import Idempotency
from dev.stripe_sandbox.objects import accounts, disputes, payments, refunds
from dev.stripe_sandbox.objects import checkout_sessions as sessions
from dev.stripe_sandbox.settings import SandboxSettings
from dev.stripe_sandbox.store import Account, Object, Store
from dev.stripe_sandbox.webhooks import Webhooks

NOBODY: Cause = Cause()
"""No request of the API made it happen."""


class Sandbox:
    """The state of a stand-in for Stripe. Its methods are called in the loop that serves it.

    Whatever is asked for, but can't be done, raises an error of `dev.stripe_sandbox.errors`.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.store = Store()
        self.links: dict[str, Object] = {}
        """The links to the page on which a business tells Stripe about itself."""
        self.faults = Faults()
        self.idempotency = Idempotency(self.clock.now)
        self.webhooks = Webhooks(settings)
        for seed in settings.accounts:
            self.add_account(seed.id, seed.name, charges_enabled=seed.charges_enabled)

    # --- accounts ---------------------------------------------------------------------------------

    def add_account(self, id_: str, name: str, *, charges_enabled: bool = True) -> Object:
        """Add a connected account; nobody is told."""
        profile = {"business_profile": {"name": name}}
        made = accounts.new_account(self.clock.now(), profile, id_)
        if charges_enabled:
            accounts.finish_onboarding(made)
        return self.store.add(id_, made)

    def account(self, id_: str) -> Object:
        """Return an account that the platform may act for; AccountInvalid."""
        with suppress(ResourceMissing):
            found = self.store.anywhere("account", id_)
            if not found["_deauthorized"]:
                return found
        raise AccountInvalid(self.settings.secret_key, id_)

    def finish_onboarding(self, account_id: str) -> None:
        """Let an account have told Stripe all about itself."""
        self.announce(account_id, accounts.finish_onboarding(self.account(account_id)))

    def set_charges_enabled(self, account_id: str, *, enabled: bool) -> None:
        """Let an account take payments, or no more."""
        changed = accounts.set_charges(self.account(account_id), enabled=enabled)
        self.announce(account_id, changed)

    def deauthorize(self, account_id: str) -> None:
        """Take back the platform's access to an account."""
        account = self.account(account_id)
        self.announce(account_id, accounts.deauthorize())
        account["_deauthorized"] = True

    def reconnect(self, account_id: str) -> None:
        """Give the platform access again, as a business does by OAuth; nobody is told."""
        self.store.anywhere("account", account_id)["_deauthorized"] = False

    # --- sessions ---------------------------------------------------------------------------------

    def session(self, id_: str) -> Object:
        """Return a session, on whatever account; its time may just be over."""
        self.expire_overdue()
        return self.store.anywhere("checkout.session", id_)

    def pay(self, session_id: str) -> None:
        """Pay a session by card."""
        session = self.session(session_id)
        paid = payments.pay(self.store, session, self.clock.now())
        self.announce(self.store.owner(session), paid)

    def pay_late(self, session_id: str) -> None:
        """Pay a session by bank debit: `succeed` or `fail` says what comes of it."""
        session = self.session(session_id)
        submitted = payments.pay_late(self.store, session, self.clock.now())
        self.announce(self.store.owner(session), submitted)

    def succeed(self, session_id: str) -> None:
        """Let the money of a bank debit come."""
        session = self.session(session_id)
        self.announce(self.store.owner(session), payments.succeed(self.store, session))

    def fail(self, session_id: str) -> None:
        """Let a bank debit bounce."""
        session = self.session(session_id)
        self.announce(self.store.owner(session), payments.fail(self.store, session))

    def expire(self, session_id: str, cause: Cause = NOBODY) -> None:
        """Close an open session."""
        session = self.session(session_id)
        self.announce(self.store.owner(session), sessions.expire(session), cause)

    def expire_overdue(self) -> None:
        """Close the sessions whose time is over."""
        now = self.clock.now()
        for session in self.store.everywhere("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= now:
                self.announce(self.store.owner(session), sessions.expire(session))

    # --- refunds and disputes ---------------------------------------------------------------------

    def refund(
        self,
        payment_id: str,
        amount: int | None = None,
        *,
        reason: str | None = None,
        pending: bool = False,
    ) -> Object:
        """Refund what a session, intent or charge has brought: all, or `amount` in minor units.

        A `pending` refund arrives, or fails, when it is said so.
        """
        charge = payments.charge_behind(self.store, payment_id)
        params = {"reason": reason} | ({} if amount is None else {"amount": amount})
        made, done = refunds.refund(self.store, charge, self.clock.now(), params, pending=pending)
        self.announce(self.store.owner(charge), done)
        return made

    def arrive_refund(self, refund_id: str) -> None:
        """Let a pending refund arrive."""
        found = self.store.anywhere("refund", refund_id)
        self.announce(self.store.owner(found), refunds.arrive(found))

    def fail_refund(self, refund_id: str) -> None:
        """Let a refund come back."""
        found = self.store.anywhere("refund", refund_id)
        self.announce(self.store.owner(found), refunds.bounce(self.store, found))

    def dispute(
        self, payment_id: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> Object:
        """Dispute what a session, intent or charge has brought: all, or `amount`."""
        charge = payments.charge_behind(self.store, payment_id)
        made, done = disputes.open_dispute(self.store, charge, self.clock.now(), amount, reason)
        self.announce(self.store.owner(charge), done)
        return made

    def answer_dispute(self, dispute_id: str) -> None:
        """Send evidence against a dispute."""
        found = self.store.anywhere("dispute", dispute_id)
        self.announce(self.store.owner(found), disputes.answer(found))

    def win_dispute(self, dispute_id: str) -> None:
        """Decide a dispute for the business."""
        found = self.store.anywhere("dispute", dispute_id)
        self.announce(self.store.owner(found), disputes.win(found, self.clock.now()))

    def lose_dispute(self, dispute_id: str) -> None:
        """Decide a dispute for the client."""
        found = self.store.anywhere("dispute", dispute_id)
        self.announce(self.store.owner(found), disputes.lose(found))

    # --- the world --------------------------------------------------------------------------------

    def announce(
        self, account: Account, happenings: Iterable[Happening], cause: Cause = NOBODY
    ) -> None:
        """Keep the events of what has happened, and send them."""
        now = self.clock.now()
        events = [event_of(happening, account, now, cause) for happening in happenings]
        for event in events:
            self.store.add(account, event)
        if not self._has_gone(account):
            self.webhooks.send(events)

    def _has_gone(self, account: Account) -> bool:
        """Whether an account's events are none of the platform's business any more."""
        return account is not None and self.store.anywhere("account", account)["_deauthorized"]

    def arm(
        self,
        path: str,
        kind: FaultKind | str,
        times: int = 1,
        seconds: float | None = None,
        method: str | None = None,
    ) -> None:
        """Let something go wrong with the next requests to a path (`*` stands for anything)."""
        self.faults.arm(Fault(path, FaultKind(kind), times, seconds, method))

    def require_charges(self, account: Account) -> None:
        """Raise InvalidState unless an account may take payments."""
        if account and not self.account(account)["charges_enabled"]:
            message = (
                "Your account cannot currently make charges: charges are not enabled for "
                f"{account}."
            )
            raise InvalidState(message)
