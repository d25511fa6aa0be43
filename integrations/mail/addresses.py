"""Addresses as mail servers and headers have them: with ASCII domains."""

from email.headerregistry import Address

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
    return Address(name, username=local, domain=ascii_domain(domain.lower()))
