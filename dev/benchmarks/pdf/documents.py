"""The documents to render: alike, but each with its own number."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from pdf.documents import DocumentKind, Line, Party, PdfDocument
from values.money import Minor
from values.taxes import TaxCategory, TaxTotal

RATES: Final = (Decimal(19), Decimal(7))
_DISCOUNT: Final = 1000
_PAID: Final = 5000
_WEEKS: Final = 26
"""Each service of a script has a description for each week."""


@dataclass(frozen=True, slots=True)
class Script:
    """The sample texts in one script."""

    language: str
    currency: str
    business: Party
    customer: Party
    services: tuple[str, ...]
    week: str
    notes: str


LATIN: Final = Script(
    language="en",
    currency="EUR",
    business=Party(
        name="Harbour & Field Studio",
        address="14 Quayside Row\nBristol BS1 4QA",
        email="billing@harbour.example",
        tax_ids=("VAT number: GB298441073",),
    ),
    customer=Party(
        name="Northwind Textiles GmbH",
        address="Lagerstraße 8\n20357 Hamburg",
        email="accounts@northwind.example",
    ),
    services=(
        "Product photography on location",
        "Copy for the spring catalogue",
        "Retouching and colour proofs",
        "Design of packaging labels, with two rounds of corrections and all files for print",
        "Studio hire, half a day",
        "Typesetting of care instructions",
        "Project coordination",
        "Travel and lodging",
        "Workshop on brand voice, held at the customer's offices for up to twelve people",
        "Illustrations for the website",
    ),
    week="week %d",
    notes="Payable within thirty days by bank transfer.\nThank you for working with us.",
)
CHINESE: Final = Script(
    language="zh-CN",
    currency="CNY",
    business=Party(
        name="海田设计工作室",
        address="上海市黄浦区中山东一路十八号",
        email="billing@haitian.example",
    ),
    customer=Party(
        name="北风纺织有限公司",
        address="广州市天河区体育东路六十六号",
        email="accounts@beifeng.example",
    ),
    services=(
        "产品摄影",
        "春季目录文案",
        "图片修饰与校色",
        "包装标签设计（含两轮修改）",
        "摄影棚租用",
        "洗护说明排版",
        "项目协调",
        "差旅与住宿",
        "品牌语言研讨会",
        "网站插画",
    ),
    week="第%d周",
    notes="请在三十日内通过银行转账付款。\n感谢您的合作。",
)
ARABIC: Final = Script(
    language="ar",
    currency="AED",
    business=Party(
        name="استوديو الميناء والحقل",
        address="شارع الكورنيش ١٤\nدبي",
        email="billing@minaa.example",
    ),
    customer=Party(
        name="شركة ريح الشمال للنسيج",
        address="شارع الملك فهد ٨\nالرياض",
        email="accounts@reeh.example",
    ),
    services=(
        "تصوير المنتجات في الموقع",
        "نصوص كتالوج الربيع",
        "تنقيح الصور وتصحيح الألوان",
        "تصميم ملصقات التغليف مع جولتين من التعديلات",
        "استئجار الاستوديو لنصف يوم",
        "تنضيد تعليمات العناية",
        "تنسيق المشروع",
        "السفر والإقامة",
        "ورشة عمل عن صوت العلامة",
        "رسوم توضيحية للموقع",
    ),
    week="الأسبوع %d",
    notes="يستحق الدفع خلال ثلاثين يومًا بتحويل مصرفي.\nشكرًا لتعاملكم معنا.",
)
POLISH_AND_GREEK: Final = Script(
    language="pl",
    currency="PLN",
    business=Party(
        name="Pracownia Łąka i Zatoka",
        address="ul. Źródlana 14\n80-831 Gdańsk",
        email="faktury@laka.example",
    ),
    customer=Party(
        name="Βόρειος Άνεμος Υφάσματα",
        address="Οδός Αθηνάς 8\n105 51 Αθήνα",
        email="accounts@anemos.example",
    ),
    services=(
        "Zdjęcia produktów w plenerze",
        "Κείμενα για τον ανοιξιάτικο κατάλογο",
        "Retusz i próby barwne",
        "Σχεδιασμός ετικετών, με δύο κύκλους διορθώσεων",
        "Wynajem studia na pół dnia",
        "Στοιχειοθεσία οδηγιών φροντίδας",
        "Koordynacja projektu",
        "Ταξίδια και διαμονή",
        "Warsztaty o głosie marki",
        "Εικονογράφηση για τον ιστότοπο",
    ),
    week="tydzień %d",
    notes="Płatne w ciągu trzydziestu dni przelewem.\nΕυχαριστούμε για τη συνεργασία.",
)


def make_document(script: Script, lines: int, serial: int, copy: int) -> PdfDocument:
    """Return an invoice with texts chosen by `serial`.

    Copies differ only in number, link and amounts, so no renderer can reuse work that another
    one did for the same texts.
    """
    drawn = tuple(_line(script, serial * 10 + at, copy) for at in range(lines))
    subtotal = sum(line.amount for line in drawn)
    taxes = _taxes(drawn)
    total = subtotal - _DISCOUNT + sum(share.tax for share in taxes)
    token = UUID(int=(serial << 64) + (copy << 32) + lines, version=4)
    return PdfDocument(
        kind=DocumentKind.INVOICE,
        number=f"2026-{serial:04}-{copy}",
        status="PARTIALLY_PAID",
        version=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        language=script.language,
        currency=script.currency,
        business=script.business,
        customer=script.customer,
        total=total,
        accent_color="#0f766e",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 12, 2),
        lines=drawn,
        subtotal=subtotal,
        discount_amount=_DISCOUNT,
        taxes=taxes,
        paid=_PAID,
        due=total - _PAID,
        notes=script.notes,
        link=f"https://portal.example/invoice/{token}",
    )


def describe(script: Script, at: int) -> str:
    """Return one of a few hundred descriptions, which repeat."""
    week = at // len(script.services) % _WEEKS + 1
    return f"{script.services[at % len(script.services)]}, {script.week % week}"


def _line(script: Script, at: int, copy: int) -> Line:
    quantity = Decimal(at % 16 + 2) / 2
    unit_price = 4000 + at * 137 % 90_000 + copy
    return Line(
        description=describe(script, at),
        quantity=quantity,
        unit_price=Decimal(unit_price) / 100,
        tax_rate=RATES[at % 4 == 0],
        amount=round(quantity * unit_price),
    )


def _taxes(lines: tuple[Line, ...]) -> tuple[TaxTotal, ...]:
    """Return the tax at each rate; the discount reduces the first."""
    taxable: defaultdict[Decimal, int] = defaultdict(int)
    for line in lines:
        taxable[line.tax_rate] += line.amount
    first = next(iter(taxable))
    taxable[first] -= _DISCOUNT
    return tuple(
        TaxTotal(
            category=TaxCategory.STANDARD,
            name=None,
            rate=rate,
            base=Minor(due),
            tax=Minor(round(due * rate / 100)),
        )
        for rate, due in taxable.items()
    )
