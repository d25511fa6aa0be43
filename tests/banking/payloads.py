"""Readers of payment codes, written from the standards and without the portal's own code."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class EpcTransfer:
    """A code for SEPA credit transfers."""

    bic: str
    name: str
    iban: str
    amount: Decimal
    reference: str
    text: str


def read_epc(payload: str) -> EpcTransfer:
    """Return what a banking app fills in (EPC069-12)."""
    lines = payload.split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert len(payload.encode()) <= 331
    bic, name, iban, amount, purpose, reference, text = [*lines[4:], ""][:7]
    assert 10 <= len(lines) <= 11
    assert purpose == ""
    assert amount.startswith("EUR")
    assert bool(reference) != bool(text)
    return EpcTransfer(bic, name, iban, Decimal(amount[3:]), reference, text)


@dataclass(frozen=True, slots=True)
class SwissBill:
    """A Swiss QR code; addresses are name, street, building, postal code, town and country."""

    iban: str
    creditor: list[str]
    amount: Decimal
    currency: str
    debtor: list[str]
    reference: tuple[str, str]
    message: str


_LENGTHS = (70, 70, 16, 16, 35, 2)


def read_swiss(payload: str) -> SwissBill:
    """Return what a banking app fills in (Swiss Implementation Guidelines QR-bill, 4.2.2)."""
    lines = payload.split("\n")
    assert lines[:3] == ["SPC", "0200", "1"]
    assert len(payload) <= 997
    assert all(_is_latin(char) for char in payload if char != "\n")
    assert len(lines) == 31
    assert lines[11:18] == [""] * 7
    assert lines[30] == "EPD"
    creditor, debtor = lines[4:11], lines[20:27]
    for party in (creditor, debtor):
        assert party == [""] * 7 or _is_address(party)
    assert creditor[0] == "S"
    return SwissBill(
        iban=lines[3],
        creditor=creditor[1:],
        amount=Decimal(lines[18]),
        currency=lines[19],
        debtor=debtor[1:] if debtor[0] else [],
        reference=(lines[27], lines[28]),
        message=lines[29],
    )


def _is_address(party: list[str]) -> bool:
    kind, *elements = party
    name, _, _, code, town, country = elements
    fits = all(len(text) <= most for text, most in zip(elements, _LENGTHS, strict=True))
    return kind == "S" and all((name, code, town)) and len(country) == 2 and fits


def _is_latin(char: str) -> bool:
    code = ord(char)
    blocks = (range(0x20, 0x7F), range(0xA0, 0x180), range(0x218, 0x21C), (0x20AC,))
    return any(code in block for block in blocks)
