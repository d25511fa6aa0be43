"""Addresses in headers: ASCII domains, and names that every mail program reads alike."""

from email.header import Header
from email.headerregistry import Address, AddressHeader, BaseHeader
from typing import Any

import idna


def ascii_domain(domain: str) -> str:
    """Return `domain` in the DNS's form (RFC 5891, UTS 46), unchanged if IDNA can't encode it."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError:
        return domain


def mailbox(name: str, address: str) -> Address:
    """Return the mailbox of `address` with the display name `name`, which may be empty."""
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=ascii_domain(domain))


class MailboxHeader(AddressHeader, BaseHeader):  # type: ignore[misc]  # as the registry does
    """A header of mailboxes that folds correctly.

    Python's folding drops the quotes of a long name, and then a comma in it splits the mailbox.
    """

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header, with non-ASCII names in encoded words (RFC 2047).

        Each mailbox has a line of its own, since a line has at most 998 octets (RFC 5322 2.1.1).
        """
        sep: str = policy.linesep
        mailboxes = f",{sep} ".join(_write(address, sep) for address in self.addresses)
        return f"{self.name}: {mailboxes}{sep}"


def _write(address: Address, sep: str) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address.addr_spec}>'
    words = Header(name, "utf-8", header_name="Reply-To").encode(splitchars="", linesep=sep)
    return f"{words}{sep} <{address.addr_spec}>"
