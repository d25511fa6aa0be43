"""How carrying an e-mail can fail: the tree is drawn in `mail/__init__.py`."""


class MailFailed(Exception):
    """The root of the tree; `detail` is the mail server's answer, or what happened to it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotNow(MailFailed):
    """It was not delivered now; it may be later (RFC 5321 4.2.1, replies 4yz)."""


class Unreachable(NotNow):
    """The mail server can't be reached or lets nobody in, so that no mail can be delivered."""


class Refused(MailFailed):
    """It was not delivered, and the same mail never will be (RFC 5321 4.2.1, replies 5yz)."""


class Unanswered(MailFailed):
    """It was handed over, but the answer did not come: it may have been delivered."""
