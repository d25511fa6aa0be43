"""Stripe's currencies and the amounts that it charges (https://docs.stripe.com/currencies).

Amounts are integers in the unit that Stripe treats as a currency's smallest one.
"""

from decimal import Decimal
from typing import Final

from dev.stripe_sandbox.errors import InvalidParameter

SUPPORTED: Final = frozenset((
    "usd", "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd",
    "bdt", "bgn", "bhd", "bif", "bmd", "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd", "cad",
    "cdf", "chf", "clp", "cny", "cop", "crc", "cve", "czk", "djf", "dkk", "dop", "dzd", "egp",
    "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd", "gnf", "gtq", "gyd", "hkd", "hnl",
    "htg", "huf", "idr", "ils", "inr", "isk", "jmd", "jod", "jpy", "kes", "kgs", "khr", "kmf",
    "krw", "kwd", "kyd", "kzt", "lak", "lbp", "lkr", "lrd", "lsl", "mad", "mdl", "mga", "mkd",
    "mmk", "mnt", "mop", "mro", "mur", "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nio",
    "nok", "npr", "nzd", "omr", "pab", "pen", "pgk", "php", "pkr", "pln", "pyg", "qar", "ron",
    "rsd", "rub", "rwf", "sar", "sbd", "scr", "sek", "sgd", "shp", "sle", "sos", "srd", "std",
    "szl", "thb", "tjs", "tnd", "top", "try", "ttd", "twd", "tzs", "uah", "ugx", "uyu", "uzs",
    "vnd", "vuv", "wst", "xaf", "xcd", "xcg", "xof", "xpf", "yer", "zar", "zmw",
))  # fmt: skip
_ZERO_DECIMALS: Final = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
))  # fmt: skip
_THREE_DECIMALS: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
_ALWAYS_00: Final = frozenset(("isk", "ugx"))
"""They have no decimals, but Stripe expects two of them, 00."""

MINIMUMS: Final = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50,
    "cop": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50,
    "ils": 50, "inr": 50, "jpy": 50, "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "php": 50, "pln": 200, "ron": 200, "rub": 50, "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip
"""The smallest charge in a currency that is paid out without conversion."""
_CARD_MAXIMUM: Final = 999_999_999_999
_OTHER_MAXIMUMS: Final = {"cop": 9_999_999_999, "idr": 999_999_999_999, "inr": 999_999_999}
_OTHER_MAXIMUM: Final = 99_999_999


def maximum(currency: str, methods: list[str]) -> int:
    """Return the largest charge that each of the methods of payment takes; none means any."""
    if methods == ["card"]:
        return _CARD_MAXIMUM
    return _OTHER_MAXIMUMS.get(currency, _OTHER_MAXIMUM)


def exponent(currency: str) -> int:
    """Return the number of decimals in an amount."""
    if currency in _ZERO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def format_amount(amount: int, currency: str) -> str:
    """Return an amount to display, for example "1,234.50 EUR"."""
    return f"{Decimal(amount).scaleb(-exponent(currency)):,f} {currency.upper()}"


def check_unit(amount: int, currency: str, param: str) -> None:
    """Raise InvalidParameter for decimals that the currency does not have."""
    if currency in _THREE_DECIMALS and amount % 10:
        message = f"Invalid amount: the last digit must be 0 for {currency}."
        raise InvalidParameter(message, param=param)
    if currency in _ALWAYS_00 and amount % 100:
        message = f"Invalid amount: {currency} has no decimals; the last two digits must be 00."
        raise InvalidParameter(message, param=param)


def check_total(amount: int, currency: str, methods: list[str], param: str) -> None:
    """Raise InvalidParameter if a total is too small or too large; zero is free of charge."""
    minimum, largest = MINIMUMS.get(currency, 1), maximum(currency, methods)
    if 0 < amount < minimum:
        message = (
            "The Checkout Session's total amount due must add up to at least "
            f"{format_amount(minimum, currency)}"
        )
        raise InvalidParameter(message, code="amount_too_small", param=param)
    if amount > largest:
        message = (
            "The Checkout Session's total amount due must be no more than "
            f"{format_amount(largest, currency)} for the provided payment method types."
        )
        raise InvalidParameter(message, code="amount_too_large", param=param)
