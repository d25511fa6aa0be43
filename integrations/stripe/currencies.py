"""What Stripe says about each currency: whether it is charged, in which unit, and how much.

Source: https://docs.stripe.com/currencies ("Zero-decimal currencies", "Special cases", "Minimum and
maximum charge amounts"), as of 2026-09-23. The page lists the supported currencies by the country
of the account; all of them are in the API's answer to an unknown one ("Stripe currently supports
these currencies: …").

Amounts at Stripe are integers: "digits" is how many they may have.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

SUPPORTED: Final = frozenset(
    (  # noqa: SIM905  # a list of 139 literals would be a page long
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP "
        "BYN BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL "
        "GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD "
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN "
        "NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD "
        "SHP SLE SOS SRD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF "
        "XCD XCG XOF XPF YER ZAR ZMW"
    ).split()
)
"""Currencies that can be charged. Stripe also has MRO and STD, which ISO 4217 has replaced."""

ZERO_DECIMAL: Final = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
"""Stripe counts these in whole units ("zero-decimal currencies")."""
WHOLE_IN_HUNDREDTHS: Final = frozenset({"ISK", "UGX"})
"""Currencies without decimals that Stripe still counts in hundredths ("special cases")."""

MINIMUMS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        currency: Decimal(amount)
        for currency, amount in {
            "AED": "2",
            "ARS": "0.50",
            "AUD": "0.50",
            "BGN": "1",  # on the page until Bulgaria adopted the euro in 2026
            "BRL": "0.50",
            "CAD": "0.50",
            "CHF": "0.50",
            "COP": "0.50",
            "CZK": "15",
            "DKK": "2.50",
            "EUR": "0.50",
            "GBP": "0.30",
            "HKD": "4",
            "HUF": "175",
            "IDR": "0.50",
            "ILS": "0.50",
            "INR": "0.50",
            "JPY": "50",
            "KRW": "50",
            "MXN": "10",
            "MYR": "2",
            "NOK": "3",
            "NZD": "0.50",
            "PHP": "0.50",
            "PLN": "2",
            "RON": "2",
            "RUB": "0.50",
            "SEK": "3",
            "SGD": "0.50",
            "THB": "10",
            "USD": "0.50",
            "ZAR": "0.50",
        }.items()
    }
)
"""The smallest charge, in main units, where the account is paid out in the same currency.

For any other currency, Stripe converts the minimum of the account's payout currency. Only Stripe
knows that amount.
"""

CARD_DIGITS: Final = 12
"""What most card networks take, in any currency. American Express takes 9 digits."""
_OTHER_DIGITS: Final = 8
_OTHER_DIGITS_BY_CURRENCY: Final = {"COP": 10, "IDR": 12, "INR": 9}


def digits_of_every_method(currency: str) -> int:
    """Return how many digits an amount may have for methods of payment other than cards, too."""
    return _OTHER_DIGITS_BY_CURRENCY.get(currency, _OTHER_DIGITS)
