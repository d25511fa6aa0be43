"""Parties of documents: addresses, tax ids and bank details, live and as they were at issue."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self

import orjson

_COUNTRIES: Final = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
    "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ "
    "DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
    "GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG "
    "KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
    "MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
    "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL "
    "SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM "
    "US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
)

COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2 codes, and XK for Kosovo, which banks and tax offices use."""
_LETTER_COUNTRIES: Final = frozenset(
    ("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE")
)
"""Countries that print on US Letter (CLDR, `paperSize`)."""


class PaperSize(StrEnum):
    """The paper that documents are laid out for."""

    A4 = "A4"
    LETTER = "LETTER"

    @classmethod
    def usual_in(cls, country: str | None) -> "PaperSize":
        """Return the paper of a country; A4 if none is known."""
        return cls.LETTER if country in _LETTER_COUNTRIES else cls.A4


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A structured address. `country` is an ISO 3166-1 alpha-2 code."""

    lines: tuple[str, ...] = ()
    """Street, house number and the like: up to three lines (EN 16931 BT-35, BT-36, BT-162)."""
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None

    def __bool__(self) -> bool:
        """Whether any part of it is known."""
        return any((self.lines, self.postal_code, self.city, self.region, self.country))

    @classmethod
    def parse(cls, content: dict[str, Any] | None) -> Self | None:
        """Return the address that `asdict` made `content` of, or None."""
        return cls(**content | {"lines": tuple(content["lines"])}) if content else None

    def columns(self) -> dict[str, str | None]:
        """Return the columns of a party with this address."""
        return {
            "street": "\n".join(self.lines) or None,
            "postal_code": self.postal_code,
            "city": self.city,
            "region": self.region,
            "country": self.country,
        }


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where a business receives bank transfers."""

    iban: str | None = None
    """Without spaces."""
    bic: str | None = None
    account_holder: str | None = None
    """None if it is the business itself."""
    account_lines: str | None = None
    """What a payer needs to know where there is no IBAN, with line breaks."""

    def __bool__(self) -> bool:
        """Whether there is an account to transfer money to."""
        return bool(self.iban or self.account_lines)


@dataclass(frozen=True, slots=True)
class TaxIds:
    """The numbers that identify a party for taxes and registers."""

    vat_id: str | None = None
    """With the country's prefix and without spaces, for example DE123456789 (BT-31, BT-48)."""
    tax_number: str | None = None
    """The national tax number (BT-32), as it is written there."""
    registration_id: str | None = None
    """The number in a register of companies (BT-30, BT-47)."""
    registration_scheme: str | None = None
    """The register, as an ICD code (ISO 6523), for example 0002 for SIREN."""
    endpoint: str | None = None
    """The electronic address, as an EAS code and an identifier: "0088:4012345000009" (BT-34)."""

    @property
    def tax_id(self) -> str | None:
        """The VAT id, or else the national tax number."""
        return self.vat_id or self.tax_number


@dataclass(frozen=True, slots=True)
class Party:
    """A business or a customer as a document names it."""

    name: str
    address: PostalAddress | None
    free_address: str | None
    """The address with line breaks, where it isn't known in parts."""
    tax_ids: TaxIds

    @property
    def country(self) -> str | None:
        """The country of its address, if that is known."""
        return self.address.country if self.address else None


@dataclass(frozen=True, slots=True)
class Seller(Party):
    """The business that sends a document."""

    bank: BankDetails
    contact_name: str | None = None
    email: str | None = None
    """As e-invoices name it; pages and PDFs follow the company, and so does `phone`."""
    phone: str | None = None
    footer: str | None = None
    """What is printed below its documents, with line breaks."""
    paper_size: PaperSize = PaperSize.A4
    """Of its PDFs; A4 in snapshots from before there was a choice."""

    def to_json(self) -> bytes:
        """Return the content of a snapshot: the same seller gives the same bytes."""
        return _to_json(self)

    @classmethod
    @lru_cache(maxsize=1000)
    def parse(cls, content: str) -> Self:
        """Return the seller of a snapshot."""
        values = orjson.loads(content)
        own = {
            "bank": BankDetails(**values["bank"]),
            "paper_size": PaperSize(values.get("paper_size", PaperSize.A4)),
        }
        return cls(**_parse_party(values) | own)


@dataclass(frozen=True, slots=True)
class Buyer(Party):
    """The customer that receives a document."""

    email: str | None = None

    def to_json(self) -> bytes:
        """Return the content of a snapshot: the same buyer gives the same bytes."""
        return _to_json(self)

    @classmethod
    @lru_cache(maxsize=1000)
    def parse(cls, content: str) -> Self:
        """Return the buyer of a snapshot."""
        return cls(**_parse_party(orjson.loads(content)))


def _to_json(party: Seller | Buyer) -> bytes:
    return orjson.dumps(asdict(party), option=orjson.OPT_SORT_KEYS)


def _parse_party(values: dict[str, Any]) -> dict[str, Any]:
    return values | {
        "address": PostalAddress.parse(values["address"]),
        "tax_ids": TaxIds(**values["tax_ids"]),
    }
