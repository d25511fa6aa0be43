"""Invoices with the taxes, terms and languages of several countries, for the gallery."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from i18n.tax_reasons import tax_reasons
from pdf.documents import DocumentKind, Line, Party, PdfDocument
from values.parties import PaperSize
from values.payments import HistoryEntry, PaymentKind
from values.pricing import DocumentPrice, LinePrice, LineTotal, calculate, undiscounted_amount
from values.taxes import TaxCategory, TaxRate, TaxRounding


class Item(NamedTuple):
    """A line as it is entered."""

    description: str
    quantity: str
    unit_price: str
    taxes: Sequence[TaxRate]
    unit: str | None = None
    discount_percent: str | None = None

    def price(self) -> LinePrice:
        """Return the input of the line's price."""
        percent = self.discount_percent
        return LinePrice(
            quantity=Decimal(self.quantity),
            unit_price=Decimal(self.unit_price),
            taxes=tuple(self.taxes),
            discount_percent=None if percent is None else Decimal(percent),
        )

    def line(self, total: LineTotal, currency: str) -> Line:
        """Return the line of a PDF."""
        price, (first, *others) = self.price(), self.taxes
        undiscounted = undiscounted_amount(price.quantity, price.unit_price, currency)
        return Line(
            description=self.description,
            quantity=price.quantity,
            unit=self.unit,
            unit_price=price.unit_price,
            discount_percent=price.discount_percent,
            discount_amount=abs(undiscounted - total.amount),
            tax_category=first.category,
            tax_name=first.name,
            tax_rate=first.rate,
            second_tax_name=others[0].name if others else None,
            second_tax_rate=others[0].rate if others else None,
            amount=total.amount,
        )


def rate(value: str, name: str | None = None, category: TaxCategory | None = None) -> TaxRate:
    """Return a tax."""
    number = Decimal(value)
    return TaxRate(category=category or TaxCategory.of_rate(number), name=name, rate=number)


def invoice(
    items: Sequence[Item],
    currency: str,
    *,
    prices_include_tax: bool = False,
    rounding: TaxRounding = TaxRounding.HALF_UP,
    discount_percent: Decimal | None = None,
    **details: Any,
) -> PdfDocument:
    """Return an invoice of `items`, priced as the portal does; `details` are its other fields."""
    totals = calculate(
        DocumentPrice(
            currency=currency,
            lines=[item.price() for item in items],
            discount_percent=discount_percent,
            prices_include_tax=prices_include_tax,
            rounding=rounding,
        )
    )
    discounted = totals.total if prices_include_tax else totals.total - totals.tax
    common: dict[str, Any] = {
        "kind": DocumentKind.INVOICE,
        "number": "2026-0147",
        "status": "ISSUED",
        "version": datetime(2026, 11, 24, 12, tzinfo=UTC),
        "issue_date": date(2026, 11, 22),
        "due_date": date(2026, 12, 22),
        "accent_color": "#a8452c",
        "due": totals.total,
        "tax_reasons": tax_reasons(totals.taxes, None, details["language"]),
    }
    return PdfDocument(
        **common | details,
        currency=currency,
        lines=tuple(
            item.line(total, currency) for item, total in zip(items, totals.lines, strict=True)
        ),
        prices_include_tax=prices_include_tax,
        discount_percent=discount_percent,
        discount_amount=totals.amount - discounted,
        subtotal=totals.subtotal,
        taxes=totals.taxes,
        total=totals.total,
    )


def countries() -> dict[str, PdfDocument]:
    """Return the invoices by the country of the business."""
    return {
        "german-craftsman": _german(),
        "japanese-company": _japanese(),
        "quebec": _quebec(),
        "swiss": _swiss(),
        "french-exporter": _french(),
        "british-retailer": _british(),
        "saudi": _saudi(),
    }


def _german() -> PdfDocument:
    full, reduced = [rate("19")], [rate("7")]
    drawn = invoice(
        [
            Item(
                "Wandfliesen „Düne“, 10 × 10 cm\nCharge 26-11, mit 3 m² Reserve",
                "51",
                "84.50",
                full,
                "MTK",
            ),
            Item("Verlegeplan für die Empfangswand", "1", "2900", full, "LS"),
            Item("Ausstellungskatalog, gedruckt", "40", "18", reduced, "H87"),
            Item("Verlegen vor Ort, zwei Personen", "16.5", "68", full, "HUR", "10"),
            Item("Rücknahme: Fliesen mit Rissen", "-2", "84.50", full, "MTK"),
        ],
        "EUR",
        language="de",
        country="DE",
        discount_percent=Decimal(5),
        business=Party(
            name="Kiln & Hafen GmbH",
            address="Am Speicher XI 4\n28217 Bremen",
            email="hallo@kiln-hafen.example",
            phone="+49 421 5550 1420",
            tax_ids=("USt-IdNr.: DE136695976", "Steuernummer: 75/123/45678"),
        ),
        customer=Party(
            name="Blaue Laterne Hotels AG",
            address="Kreditorenbuchhaltung\nKaistraße 7\n20457 Hamburg",
            tax_ids=("USt-IdNr.: DE811569869",),
        ),
        period_start=date(2026, 11, 2),
        period_end=date(2026, 11, 20),
        purchase_order="4500-71826",
        delivery_address="Hotel Blaue Laterne\nStrandweg 1\n18609 Binz",
        payment_terms="2 % Skonto bei Zahlung bis zum 2. Dezember, sonst ohne Abzug.",
        notes="Vielen Dank! Die Reservefliesen liegen im Lager, Regal C.",
        footer="Geschäftsführerin: Ines Kiln · Amtsgericht Bremen, HRB 00000",
    )
    history = (
        HistoryEntry(
            kind=PaymentKind.PAYMENT,
            amount=400_000,
            at=datetime(2026, 11, 24, 9, tzinfo=UTC),
            method="Stripe",
        ),
        HistoryEntry(
            kind=PaymentKind.REFUND,
            amount=-50_000,
            at=datetime(2026, 11, 26, 9, tzinfo=UTC),
            method="Stripe",
        ),
    )
    return replace(
        drawn,
        status="PARTIALLY_PAID",
        history=history,
        paid=350_000,
        due=drawn.total - 350_000,
        link="https://pay.example/invoice/0b5f4e3c-7f0a-4c1e-9f61-6a4c5a0d1c11",
    )


def _japanese() -> PdfDocument:
    return invoice(
        [Item(f"キャンディー {n}", "1", "5", [rate("10")]) for n in range(1, 11)],
        "JPY",
        rounding=TaxRounding.DOWN,
        language="ja",
        country="JP",
        business=Party(
            name="株式会社さくらデザイン",
            address="〒150-0001\n東京都渋谷区神宮前1丁目2番3号",
            tax_ids=("登録番号\N{FULLWIDTH COLON}T8010401050387",),
        ),
        customer=Party(name="有限会社もみじ", address="〒600-8001\n京都府京都市下京区1-2"),
    )


def _quebec() -> PdfDocument:
    both = [rate("5", "TPS"), rate("9.975", "TVQ")]
    return invoice(
        [
            Item("Sirop d'érable, 540 ml", "24", "7.05", both, "XBO"),
            Item("Livre de recettes", "2", "25", [rate("5", "TPS")], "H87"),
        ],
        "CAD",
        language="fr-CA",
        country="CA",
        paper_size=PaperSize.LETTER,
        business=Party(
            name="Érablière du Lac",
            address="12, rang Saint-Joseph\nSaint-Jean QC J3B 1A1",
            tax_ids=("No de TPS/TVH: 123456789 RT0001", "TVQ: 1234567890 TQ0001"),
        ),
        customer=Party(name="Épicerie Côté", address="450, rue Sherbrooke\nMontréal QC H2L 1J8"),
    )


def _swiss() -> PdfDocument:
    return invoice(
        [
            Item("Beratung", "2.5", "1800", [rate("8.1")], "DAY"),
            Item("Strom für den Messestand", "412.75", "0.2716", [rate("8.1")], "KWH"),
            Item("Hotel", "2", "240", [rate("3.8")], "Übernachtungen mit Frühstück"),
        ],
        "CHF",
        language="de-CH",
        country="CH",
        business=Party(
            name="Beratung Zürich AG",
            address="Bahnhofstrasse 12\n8001 Zürich",
            tax_ids=("MWST-Nr.: CHE-107.787.577 MWST",),
        ),
        customer=Party(name="Käse & Söhne", address="Am Markt 7\n3011 Bern"),
        period_start=date(2026, 11, 5),
    )


def _french() -> PdfDocument:
    charged, export = TaxCategory.REVERSE_CHARGE, TaxCategory.EXPORT
    return invoice(
        [
            Item("Conseil en logistique", "3", "950", [rate("0", None, charged)], "DAY"),
            Item("Moteurs", "12", "1240.50", [rate("0", None, export)], "H87"),
            Item("Formation à Lyon", "7", "60", [rate("20")], "HUR"),
        ],
        "EUR",
        language="fr",
        country="FR",
        business=Party(
            name="Moteurs du Rhône SARL",
            address="8 quai Perrache\n69002 Lyon\nFrance",
            tax_ids=("N° TVA : FR40303265045",),
        ),
        customer=Party(
            name="Blaue Laterne Hotels AG",
            address="Kaistraße 7\n20457 Hamburg\nAllemagne",
            tax_ids=("N° TVA : DE811569869",),
        ),
        buyer_reference="04011000-12345-34",
    )


def _british() -> PdfDocument:
    return invoice(
        [
            Item("Wool blanket, 140 × 200 cm", "2", "75.00", [rate("20")], "H87", "20"),
            Item("Children's jumper", "1", "24.00", [rate("0")], "H87"),
        ],
        "GBP",
        prices_include_tax=True,
        discount_percent=Decimal(10),
        language="en-GB",
        country="GB",
        business=Party(
            name="Leith Woollens Ltd",
            address="Unit 9, Quay Road\nEdinburgh\nEH6 6QQ",
            tax_ids=("VAT number: GB980780684",),
        ),
        customer=Party(name="Ada Lovelace", address="1 High Street\nLondon\nN1 9GU"),
    )


def _saudi() -> PdfDocument:
    return invoice(
        [
            Item(
                "تصميم الموقع الإلكتروني (Website 2.0)\nثلاث جولات من التعديلات",
                "1",
                "4800",
                [rate("15")],
            ),
            Item("استشارات تقنية", "12.5", "400", [rate("15")], "HUR", "10"),
            Item("تأمين قابل للاسترداد", "1", "500", [rate("0", None, TaxCategory.OUT_OF_SCOPE)]),
        ],
        "SAR",
        language="ar",
        country="SA",
        discount_percent=Decimal(5),
        business=Party(
            name="شركة النخيل للتجارة والمقاولات",
            address="شارع الملك فهد، حي العليا\nالرياض 12211",
            tax_ids=("رقم ضريبة القيمة المضافة: 300000000000003",),
        ),
        customer=Party(name="مكتبة الأندلس", address="طريق الأمير سلطان\nجدة 23424"),
        period_start=date(2026, 11, 2),
        period_end=date(2026, 11, 20),
        purchase_order="PO-4500/26",
        notes="شكراً لتعاملكم معنا.",
    )
