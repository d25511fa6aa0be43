"""What the demo is made of, as plain tables; how it becomes rows is in `loading`."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from pathlib import Path
from typing import Final

from models import ViewSource

COMPANY: Final = {
    "email": "hello@halden-brandt.example",
    "address": "Speicherstraße 14\n20457 Hamburg\nGermany",
    "phone": "+49 40 5550 0142",
    "website": "https://halden-brandt.example",
    "tax_id": "DE 999 999 999",
    "accent_color": "#0f6e66",
}
COMPANY_NAME: Final = "Halden & Brandt"
USER_NAME: Final = "Mira Halden"
EMAIL: Final = "mira@halden-brandt.example"
PASSWORD: Final = "open-the-demo"  # noqa: S105  # printed at every start
LOGO: Final = Path(__file__).parent / "logo.png"
KEY_NAME: Final = "demo"


@dataclass(frozen=True, slots=True)
class Client:
    """A customer, the currencies it is invoiced in, its country's tax in percent, its language."""

    name: str
    email: str
    address: str
    tax_id: str | None
    currencies: tuple[str, ...]
    tax: str
    has_portal: bool = False
    language: str | None = None


CLIENTS: Final = (
    Client(
        "Müller & Söhne Maschinenbau GmbH",
        "rechnung@mueller-soehne.example",
        "Lindenstraße 14\n70173 Stuttgart\nGermany",
        "DE 811 000 123",
        ("EUR",),
        "19",
        has_portal=True,
        language="de",
    ),
    Client(
        "Bright Mesa Robotics, Inc.",
        "ap@brightmesa.example",
        "2140 Blake Street, Suite 300\nDenver, CO 80205\nUnited States",
        None,
        ("USD", "EUR"),
        "0",
        has_portal=True,
    ),
    Client(
        "Żółw i Wspólnicy Sp. z o.o.",
        "faktury@zolw.example",
        "ul. Długa 52/54\n80-831 Gdańsk\nPoland",
        "PL 583 000 12 34",
        ("PLN",),
        "23",
        has_portal=True,
        language="pl",
    ),
    Client(
        "Harbour & Finch Ltd",
        "accounts@harbourfinch.example",
        "9 Narrow Quay\nBristol BS1 4QA\nUnited Kingdom",
        "GB 999 0000 00",
        ("GBP",),
        "20",
    ),
    Client(
        "Αφοί Παπαδόπουλοι Α.Ε.",  # noqa: RUF001  # Greek letters, indeed
        "logistirio@papadopouloi.example",
        "Τσιμισκή 43\n546 23 Θεσσαλονίκη\nGreece",
        "EL 094000000",
        ("EUR",),
        "24",
    ),
    Client(
        "株式会社さくら精機",
        "keiri@sakura-seiki.example",
        "〒604-8005\n京都府京都市中京区恵比須町 427\nJapan",
        "T1 0000 0000 0000",
        ("JPY",),
        "10",
        has_portal=True,
    ),
    Client(
        "شركة الخليج للتصميم الهندسي",
        "accounts@alkhaleej-design.example",
        "شارع فهد السالم، القبلة\nمدينة الكويت 13001\nKuwait",
        None,
        ("KWD",),
        "0",
        language="ar",
    ),
    Client(
        "Åse Løvlund Arkitekter AS",
        "faktura@lovlund.example",
        "Øvre Slottsgate 8\n0157 Oslo\nNorway",
        "NO 999 000 111 MVA",
        ("EUR",),
        "25",
    ),
    Client(
        "Ateliers Bérénice SARL",
        "compta@ateliers-berenice.example",
        "27 rue de la Part-Dieu\n69003 Lyon\nFrance",
        "FR 00 999 999 999",
        ("EUR",),
        "20",
        has_portal=True,
        language="fr",
    ),
    Client(
        "Čapek & Dvořáková s.r.o.",
        "fakturace@capek-dvorakova.example",
        "Údolní 11\n602 00 Brno\nCzechia",
        "CZ 00000019",
        ("EUR",),
        "21",
    ),
    Client(
        "Hệ Thống Ánh Sáng Nguyễn",
        "ketoan@anhsang-nguyen.example",
        "12 Đường Lê Lợi, Quận 1\nThành phố Hồ Chí Minh\nVietnam",
        "0300000000",
        ("USD",),
        "10",
    ),
    Client(
        "Peñarroya Hermanos S.L.",
        "administracion@penarroya.example",
        "Carrer de Sueca 31\n46006 València\nSpain",
        "ES B00000000",
        ("EUR",),
        "21",
        language="es",
    ),
)

PORTAL_SHOWN: Final = "ap@brightmesa.example"
"""The customer whose portal the demo shows: its invoices stand in several states."""

WORK: Final = (
    # what, the least and the most of it, price of one in EUR
    ("Industrial design, day rate", 2, 9, "720"),
    ("CAD model and production drawings (STEP, PDF), hours", 12, 40, "92.50"),
    ("Prototype, SLA print, sanded and primed", 2, 6, "185"),
    ("Design for manufacture: review with the toolmaker", 1, 1, "1450"),
    ("User research: interviews on site, transcripts and report", 1, 1, "2900"),
    ("Workshop at your premises, travel included", 1, 2, "1680"),
    ("Structural simulation (FEA), per load case", 2, 5, "640"),
    ("Packaging artwork, ready to print", 1, 4, "540"),
    ("Icons for the display, 24 and 48 px", 24, 60, "34.50"),
    ("Technical illustration, exploded view", 3, 12, "118.75"),
    ("Operating manual, 48 pages, thread-stitched", 50, 200, "7.40"),
    ("Design support, monthly retainer", 1, 3, "2400"),
    ("Photography of the prototype, half a day", 1, 1, "620"),
    ("Usability test, sessions of 45 minutes", 5, 12, "160"),
    ("Courier, insured", 1, 2, "48.50"),
)

PRICES: Final = {
    # for one EUR, and the step that prices are rounded to
    "EUR": (Decimal(1), Decimal("0.05")),
    "USD": (Decimal("1.10"), Decimal("0.25")),
    "GBP": (Decimal("0.85"), Decimal("0.25")),
    "PLN": (Decimal("4.3"), Decimal("0.5")),
    "JPY": (Decimal(165), Decimal(10)),
    "KWD": (Decimal("0.335"), Decimal("0.005")),
}

NOTES: Final = (
    "Thank you for working with us.\nPlease transfer it to IBAN DE02 1203 0000 0000 2020 51.",
    "As agreed, the second prototype is free of charge.",
    "Our reference: project “Kestrel”. Questions? Mira answers them at +49 40 5550 0142.",
)


class Fate(Enum):
    """What becomes of an invoice."""

    DRAFT = auto()
    ISSUED = auto()
    PARTLY_PAID = auto()
    PAID = auto()
    CANCELLED = auto()


DAYS_TO_PAY: Final = 30
ISSUED_DAYS_AGO: Final = {
    Fate.DRAFT: (4, 2, 2, 1, 1),
    # The first five are overdue.
    Fate.ISSUED: (61, 55, 47, 40, 33, 21, 18, 15, 13, 11, 8, 6, 3),
    Fate.PARTLY_PAID: (58, 25, 17, 12),
    Fate.PAID: (170, 158, 151, 139, 127, 118, 110, 97, 90, 78, 66, 52, 43, 31, 28),
    Fate.CANCELLED: (133, 84, 36),
}
METHODS: Final = (
    ("Bank transfer", "RF18 5390 0754 7034"),
    ("Bank transfer", None),
    ("Cheque", "No. 100482"),
)

PEOPLE: Final = (
    # address, source, user agent
    (
        "192.0.2.17",
        ViewSource.EMAIL,
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/149.0.0.0 Safari/537.36"
        ),
    ),
    (
        "198.51.100.84",
        ViewSource.LINK,
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
        ),
    ),
    (
        "2001:db8:4f:1::a2",
        ViewSource.PORTAL,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        "203.0.113.9",
        ViewSource.EMAIL,
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
        ),
    ),
    (
        "2001:db8:80:7::1c",
        ViewSource.LINK,
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/149.0.0.0 Mobile Safari/537.36"
        ),
    ),
    ("198.51.100.201", ViewSource.API, "okhttp/4.12.0"),
)
MACHINES: Final = (
    (
        "203.0.113.77",
        ViewSource.LINK,
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    ),
    ("198.51.100.12", ViewSource.LINK, "WhatsApp/2.25.18.80 A"),
    (
        "192.0.2.140",
        ViewSource.EMAIL,
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    ),
)


# --- quotes and credit ---------------------------------------------------------------------------

QUOTES: Final = (
    ("ap@brightmesa.example", "Assembly line, second phase", "180", "95.00", "SENT"),
    (
        "accounts@harbourfinch.example",
        "Harbour office, fit-out drawings",
        "64",
        "110.00",
        "ACCEPTED",
    ),
    ("rechnung@mueller-soehne.example", "Wartungsvertrag 2027", "12", "450.00", "DRAFT"),
)
"""To whom, what, how much, at which price, and how far it has come."""
CREDIT_NOTES: Final = (
    ("ap@brightmesa.example", "USD", "250.00", "Two days less than planned", "100.00"),
    ("rechnung@mueller-soehne.example", "EUR", "120.00", "Mengenrabatt", None),
)
"""To whom, in which currency, how much, why, and how much of it is applied to an open invoice."""
