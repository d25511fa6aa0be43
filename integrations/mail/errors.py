"""The ways in which sending an e-mail can fail. The package's docstring draws the tree."""


class DeliveryFailed(Exception):
    """The root of the tree. `detail` is the mail server's response, or what happened."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class DeliveryDeferred(DeliveryFailed):
    """The e-mail wasn't delivered, but may be later (RFC 5321 4.2.1, replies 4yz)."""


class MailServerUnreachable(DeliveryDeferred):
    """The mail server can't be reached or refuses the login, so nothing can be delivered."""


class DeliveryRejected(DeliveryFailed):
    """The e-mail wasn't delivered and never will be (RFC 5321 4.2.1, replies 5yz)."""


class DeliveryUnconfirmed(DeliveryFailed):
    """The e-mail was handed over without a response. It may have been delivered."""
