"""The sandbox's state, and everything that tests and people can make happen."""

from collections.abc import Iterable
from contextlib import suppress

from dev.stripe_sandbox.clock import Clock
from dev.stripe_sandbox.errors import AccountInvalid, InvalidState, ResourceMissing
from dev.stripe_sandbox.events import NO_REQUEST, ObjectEvent, RequestContext, to_stripe_event
from dev.stripe_sandbox.faults import Fault, FaultKind, Faults
from dev.stripe_sandbox.idempotency import Idempotency
from dev.stripe_sandbox.objects import accounts, disputes, payments, refunds
from dev.stripe_sandbox.objects import checkout_sessions as sessions
from dev.stripe_sandbox.objects.adaptive_pricing import Conversion, convert
from dev.stripe_sandbox.settings import SandboxSettings
from dev.stripe_sandbox.store import Account, Object, Store
from dev.stripe_sandbox.webhooks import Webhooks


class Sandbox:
    """The state of a stand-in for Stripe. Call its methods in the event loop that serves it.

    They raise the errors of `dev.stripe_sandbox.errors`.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.store = Store()
        self.links: dict[str, Object] = {}
        """Onboarding links by their ids."""
        self.faults = Faults()
        self.idempotency = Idempotency(self.clock.now)
        self.webhooks = Webhooks(settings)
        for seed in settings.accounts:
            self.add_account(seed.id, seed.name, charges_enabled=seed.charges_enabled)

    # --- accounts ---------------------------------------------------------------------------------

    def add_account(self, id_: str, name: str, *, charges_enabled: bool = True) -> Object:
        """Add a connected account, without an event."""
        profile = {"business_profile": {"name": name}}
        account = accounts.new_account(self.clock.now(), profile, id_)
        if charges_enabled:
            accounts.finish_onboarding(account)
        return self.store.add(id_, account)

    def account(self, id_: str) -> Object:
        """Return an account that is connected to the platform. Raises AccountInvalid."""
        with suppress(ResourceMissing):
            account = self.store.get("account", id_)
            if not account["_deauthorized"]:
                return account
        raise AccountInvalid(self.settings.secret_key, id_)

    def finish_onboarding(self, account_id: str) -> None:
        """Complete an account's onboarding and enable its charges."""
        self.publish(account_id, accounts.finish_onboarding(self.account(account_id)))

    def set_charges_enabled(self, account_id: str, *, enabled: bool) -> None:
        """Enable or disable an account's charges."""
        events = accounts.set_charges_enabled(self.account(account_id), enabled=enabled)
        self.publish(account_id, events)

    def deauthorize(self, account_id: str) -> None:
        """Revoke the platform's access to an account."""
        account = self.account(account_id)
        self.publish(account_id, accounts.deauthorize())
        account["_deauthorized"] = True

    def reconnect(self, account_id: str) -> None:
        """Give the platform access again, without an event, as a business does by OAuth."""
        self.store.get("account", account_id)["_deauthorized"] = False

    # --- sessions ---------------------------------------------------------------------------------

    def session(self, id_: str) -> Object:
        """Return a session of any account, expired if it is overdue."""
        self.expire_overdue()
        return self.store.get("checkout.session", id_)

    def pay(self, session_id: str, conversion: Conversion | None = None) -> None:
        """Pay a session by card, in another currency if Adaptive Pricing is enabled for it."""
        session = self.session(session_id)
        if conversion is not None:
            convert(session, conversion)
        events = payments.pay(self.store, session, self.clock.now())
        self.publish(self.store.owner(session), events)

    def pay_late(self, session_id: str) -> None:
        """Pay a session by bank debit; `succeed` or `fail` decides the outcome."""
        session = self.session(session_id)
        events = payments.pay_late(self.store, session, self.clock.now())
        self.publish(self.store.owner(session), events)

    def succeed(self, session_id: str) -> None:
        """Complete a session's bank debit."""
        session = self.session(session_id)
        self.publish(self.store.owner(session), payments.succeed(self.store, session))

    def fail(self, session_id: str) -> None:
        """Fail a session's bank debit."""
        session = self.session(session_id)
        self.publish(self.store.owner(session), payments.fail(self.store, session))

    def expire(self, session_id: str, context: RequestContext = NO_REQUEST) -> None:
        """Expire an open session."""
        session = self.session(session_id)
        self.publish(self.store.owner(session), sessions.expire(session), context)

    def expire_overdue(self) -> None:
        """Expire the open sessions whose time is over."""
        now = self.clock.now()
        for session in self.store.all("checkout.session"):
            if session["status"] == "open" and session["expires_at"] <= now:
                self.publish(self.store.owner(session), sessions.expire(session))

    # --- refunds and disputes ---------------------------------------------------------------------

    def refund(
        self,
        payment_id: str,
        amount: int | None = None,
        *,
        reason: str | None = None,
        pending: bool = False,
    ) -> Object:
        """Refund a payment by the id of its session, intent or charge, and return the refund.

        `amount` is in minor units; None refunds whatever is not refunded yet. `arrive_refund` or
        `fail_refund` decides the outcome of a pending refund.
        """
        charge = payments.find_charge(self.store, payment_id)
        params = {"reason": reason} | ({} if amount is None else {"amount": amount})
        refund, events = refunds.refund(
            self.store, charge, self.clock.now(), params, pending=pending
        )
        self.publish(self.store.owner(charge), events)
        return refund

    def arrive_refund(self, refund_id: str) -> None:
        """Complete a pending refund."""
        refund = self.store.get("refund", refund_id)
        self.publish(self.store.owner(refund), refunds.complete(refund))

    def fail_refund(self, refund_id: str) -> None:
        """Fail a refund, so its money returns to the business."""
        refund = self.store.get("refund", refund_id)
        self.publish(self.store.owner(refund), refunds.fail(self.store, refund))

    def dispute(
        self, payment_id: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> Object:
        """Dispute a payment by the id of its session, intent or charge, and return the dispute.

        `amount` is in minor units; None disputes whatever is not refunded.
        """
        charge = payments.find_charge(self.store, payment_id)
        dispute, events = disputes.open_dispute(
            self.store, charge, self.clock.now(), amount, reason
        )
        self.publish(self.store.owner(charge), events)
        return dispute

    def answer_dispute(self, dispute_id: str) -> None:
        """Send evidence against a dispute."""
        dispute = self.store.get("dispute", dispute_id)
        self.publish(self.store.owner(dispute), disputes.answer(dispute))

    def win_dispute(self, dispute_id: str) -> None:
        """Decide a dispute for the business."""
        dispute = self.store.get("dispute", dispute_id)
        self.publish(self.store.owner(dispute), disputes.win(dispute, self.clock.now()))

    def lose_dispute(self, dispute_id: str) -> None:
        """Decide a dispute for the client."""
        dispute = self.store.get("dispute", dispute_id)
        self.publish(self.store.owner(dispute), disputes.lose(dispute))

    # --- events and faults ------------------------------------------------------------------------

    def publish(
        self,
        account: Account,
        object_events: Iterable[ObjectEvent],
        context: RequestContext = NO_REQUEST,
    ) -> None:
        """Store an account's events, and send them unless the account is disconnected."""
        now = self.clock.now()
        version = self.webhooks.version
        events = [to_stripe_event(event, account, now, context, version) for event in object_events]
        for event in events:
            self.store.add(account, event)
        if not self._is_deauthorized(account):
            self.webhooks.send(events)

    def _is_deauthorized(self, account: Account) -> bool:
        return account is not None and self.store.get("account", account)["_deauthorized"]

    def arm(
        self,
        path: str,
        kind: FaultKind | str,
        times: int = 1,
        seconds: float | None = None,
        method: str | None = None,
    ) -> None:
        """Make the next requests to a path fail; `*` matches any characters."""
        fault = Fault(path=path, kind=FaultKind(kind), times=times, seconds=seconds, method=method)
        self.faults.arm(fault)

    def require_charges(self, account: Account) -> None:
        """Raise InvalidState unless an account can take payments."""
        if account and not self.account(account)["charges_enabled"]:
            raise InvalidState(
                "Your account cannot currently make charges: charges are not enabled for "
                f"{account}."
            )
