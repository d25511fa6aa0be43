"""The demo's data as plain tables, which `loading` turns into rows."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from pathlib import Path
from typing import Final

from models import ViewSource
from services.billing.quote_answers import QuoteAnswer
from services.company.company_settings import CompanyChanges
from services.sharing.questions import QuestionDraft
from values.parties import PostalAddress

COMPANY: Final[CompanyChanges] = {
    "email": "hello@halden-brandt.example",
    "postal_address": PostalAddress(
        lines=("Speicherstraße 14",), postal_code="20457", city="Hamburg", country="DE"
    ),
    "phone": "+49 40 5550 0142",
    "website": "https://halden-brandt.example",
    "vat_id": "DE999999995",
    "tax_number": "99/999/99999",
    "iban": "DE28999000000012345678",
    "bic": "MUSTDEHHXXX",
    "contact_name": "Mira Halden",
    "footer": "Halden & Brandt PartG · Amtsgericht Hamburg, PR 9999\n"
    "Partners: Mira Halden, Jonas Brandt",
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
    """A customer with its currencies and its country's tax rate in percent."""

    name: str
    email: str
    address: PostalAddress
    currencies: tuple[str, ...]
    tax: str
    reference: str | None = None
    """What it wants on its invoices, which XRechnung and Peppol need."""
    vat_id: str | None = None
    tax_number: str | None = None
    has_portal: bool = False
    language: str | None = None


CLIENTS: Final = (
    Client(
        name="Müller & Söhne Maschinenbau GmbH",
        email="rechnung@mueller-soehne.example",
        reference="KST 4200",
        address=PostalAddress(
            lines=("Lindenstraße 14",), postal_code="70173", city="Stuttgart", country="DE"
        ),
        vat_id="DE999999000",
        currencies=("EUR",),
        tax="19",
        has_portal=True,
        language="de",
    ),
    Client(
        name="Bright Mesa Robotics, Inc.",
        email="ap@brightmesa.example",
        reference="Dept. 21",
        address=PostalAddress(
            lines=("2140 Blake Street, Suite 300",),
            postal_code="80205",
            city="Denver",
            region="CO",
            country="US",
        ),
        currencies=("USD", "EUR"),
        tax="0",
        has_portal=True,
    ),
    Client(
        name="Żółw i Wspólnicy Sp. z o.o.",
        email="faktury@zolw.example",
        reference="MPK 310",
        address=PostalAddress(
            lines=("ul. Długa 52/54",), postal_code="80-831", city="Gdańsk", country="PL"
        ),
        vat_id="PL9999999901",
        currencies=("PLN",),
        tax="23",
        has_portal=True,
        language="pl",
    ),
    Client(
        name="Harbour & Finch Ltd",
        email="accounts@harbourfinch.example",
        reference="Cost centre 14",
        address=PostalAddress(
            lines=("9 Narrow Quay",), postal_code="BS1 4QA", city="Bristol", country="GB"
        ),
        vat_id="GB999999918",
        currencies=("GBP",),
        tax="20",
    ),
    Client(
        name="Αφοί Παπαδόπουλοι Α.Ε.",  # noqa: RUF001  # Greek letters
        email="logistirio@papadopouloi.example",
        reference="Έργο 27",
        address=PostalAddress(
            lines=("Τσιμισκή 43",), postal_code="546 23", city="Θεσσαλονίκη", country="GR"
        ),
        vat_id="EL099999999",
        currencies=("EUR",),
        tax="24",
    ),
    Client(
        name="株式会社さくら精機",
        email="keiri@sakura-seiki.example",
        reference="購買部",
        address=PostalAddress(
            lines=("恵比須町 427",),
            postal_code="604-8005",
            city="京都市中京区",
            region="京都府",
            country="JP",
        ),
        vat_id="T1000000000000",
        currencies=("JPY",),
        tax="10",
        has_portal=True,
    ),
    Client(
        name="شركة الخليج للتصميم الهندسي",
        email="accounts@alkhaleej-design.example",
        address=PostalAddress(
            lines=("شارع فهد السالم، القبلة",),
            postal_code="13001",
            city="مدينة الكويت",
            country="KW",
        ),
        currencies=("KWD",),
        tax="0",
        language="ar",
    ),
    Client(
        name="Åse Løvlund Arkitekter AS",
        email="faktura@lovlund.example",
        reference="Prosjekt 1042",
        address=PostalAddress(
            lines=("Øvre Slottsgate 8",), postal_code="0157", city="Oslo", country="NO"
        ),
        vat_id="NO999000118MVA",
        currencies=("EUR",),
        tax="25",
    ),
    Client(
        name="Ateliers Bérénice SARL",
        email="compta@ateliers-berenice.example",
        reference="Service achats",
        address=PostalAddress(
            lines=("27 rue de la Part-Dieu",), postal_code="69003", city="Lyon", country="FR"
        ),
        vat_id="FR04999999931",
        currencies=("EUR",),
        tax="20",
        has_portal=True,
        language="fr",
    ),
    Client(
        name="Čapek & Dvořáková s.r.o.",
        email="fakturace@capek-dvorakova.example",
        reference="Středisko 12",
        address=PostalAddress(
            lines=("Údolní 11",), postal_code="602 00", city="Brno", country="CZ"
        ),
        currencies=("EUR",),
        tax="21",
    ),
    Client(
        name="Hệ Thống Ánh Sáng Nguyễn",
        email="ketoan@anhsang-nguyen.example",
        reference="Phòng mua hàng",
        address=PostalAddress(
            lines=("12 Đường Lê Lợi, Quận 1",),
            postal_code="700000",
            city="Thành phố Hồ Chí Minh",
            country="VN",
        ),
        tax_number="0300000000",
        currencies=("USD",),
        tax="10",
    ),
    Client(
        name="Peñarroya Hermanos S.L.",
        email="administracion@penarroya.example",
        reference="Proyecto 7",
        address=PostalAddress(
            lines=("Carrer de Sueca 31",), postal_code="46006", city="València", country="ES"
        ),
        vat_id="ESB99999997",
        currencies=("EUR",),
        tax="21",
        language="es",
    ),
)

PORTAL_CUSTOMER: Final = "ap@brightmesa.example"
"""The customer whose portal the demo links to; its invoices are in several states."""

SERVICES: Final = (
    # description, unit, minimum and maximum quantity, unit price in EUR
    ("Industrial design", "DAY", 2, 9, "720"),
    ("CAD model and production drawings\nSTEP and PDF", "HUR", 12, 40, "92.50"),
    ("Prototype\nSLA print, sanded and primed", "H87", 2, 6, "185"),
    ("Design for manufacture: review with the toolmaker", None, 1, 1, "1450"),
    ("User research\nInterviews on site, transcripts and report", "LS", 1, 1, "2900"),
    ("Workshop at your premises, travel included", "DAY", 1, 2, "1680"),
    ("Structural simulation (FEA)", "load cases", 2, 5, "640"),
    ("Packaging artwork, ready to print", "H87", 1, 4, "540"),
    ("Icons for the display, 24 and 48 px", "H87", 24, 60, "34.50"),
    ("Technical illustration, exploded view", "H87", 3, 12, "118.75"),
    ("Operating manual, 48 pages, thread-stitched", "H87", 50, 200, "7.40"),
    ("Design support, retainer", "MON", 1, 3, "2400"),
    ("Photography of the prototype, half a day", None, 1, 1, "620"),
    ("Usability test, sessions of 45 minutes", None, 5, 12, "160"),
    ("Courier, insured", "LS", 1, 2, "48.50"),
)

PRICES: Final = {
    # exchange rate for one EUR, and the step to which prices are rounded
    "EUR": (Decimal(1), Decimal("0.05")),
    "USD": (Decimal("1.10"), Decimal("0.25")),
    "GBP": (Decimal("0.85"), Decimal("0.25")),
    "PLN": (Decimal("4.3"), Decimal("0.5")),
    "JPY": (Decimal(165), Decimal(10)),
    "KWD": (Decimal("0.335"), Decimal("0.005")),
}

NOTES: Final = (
    "Thank you for working with us.\nPlease name the invoice number in your transfer.",
    "As agreed, the second prototype is free of charge.",
    "Our reference: project “Kestrel”. Questions? Mira answers them at +49 40 5550 0142.",
)


class Outcome(Enum):
    """What happens to an invoice."""

    DRAFT = auto()
    ISSUED = auto()
    PARTLY_PAID = auto()
    PAID = auto()
    CANCELLED = auto()


DAYS_TO_PAY: Final = 30
DAYS_OF_SERVICE: Final = 13
ISSUED_DAYS_AGO: Final = {
    Outcome.DRAFT: (4, 2, 2, 1, 1),
    # The first five are overdue.
    Outcome.ISSUED: (61, 55, 47, 40, 33, 21, 18, 15, 13, 11, 8, 6, 3),
    Outcome.PARTLY_PAID: (58, 25, 17, 12),
    Outcome.PAID: (170, 158, 151, 139, 127, 118, 110, 97, 90, 78, 66, 52, 43, 31, 28),
    Outcome.CANCELLED: (133, 84, 36),
}
PAID_MINUTES_AGO: Final = {28: 8, 31: 26 * 60}
"""When invoices that were issued so many days ago were paid, if not soon."""
METHODS: Final = (
    ("Bank transfer", "RF18 5390 0754 7034"),
    ("Bank transfer", None),
    ("Cheque", "No. 100482"),
)

HUMAN_VIEWERS: Final = (
    # IP address, source, user agent
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
RECENT_VIEWS: Final = (
    # which of the shared and open invoices, which viewer, minutes ago
    *((-2, 0, minutes) for minutes in (26, 41, 95, 160, 228)),
    (-3, 3, 300),
    (-1, 1, 2),
)
BOT_VIEWERS: Final = (
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
    (
        # Safe Links, which looks like a browser
        "40.94.20.1",
        ViewSource.EMAIL,
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/80.0.3987.132 Safari/537.36"
        ),
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
"""Customer, description, quantity, unit price and status."""
ANSWER: Final = QuoteAnswer(
    accepts=True,
    name="Jonah Finch",
    note="Please start with the ground floor.",
    purchase_order="HF-2207",
    ip="198.51.100.61",
)
"""How a client accepts a quote."""
QUESTION: Final = QuestionDraft(
    name="Jonah Finch",
    text="Can we also get the drawings as DWG files?",
    email="jonah@harbourfinch.example",
    ip="198.51.100.61",
)
"""What the same client asks about it."""
CREDIT_NOTES: Final = (
    ("ap@brightmesa.example", "USD", "250.00", "Two days less than planned", "100.00"),
    ("rechnung@mueller-soehne.example", "EUR", "120.00", "Mengenrabatt", None),
)
"""Customer, currency, amount, reason, and the amount applied to an open invoice."""
