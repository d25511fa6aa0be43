"""Documents in many scripts and shapes, for tests and to look at (`make gallery`)."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from banking.epc import epc_payload
from banking.references import payment_reference
from banking.swiss_qr_bill import qr_bill_party, swiss_qr_bill
from banking.transfers import BankTransfer
from pdf.documents import CorrectedInvoice, DocumentKind, Line, Party, PdfDocument
from pdf.rendering import render
from tests.pdf.countries import countries
from tests.pdf.scripts import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from values.money import Minor
from values.taxes import TaxCategory, TaxTotal

LINK: Final = "https://pay.example/invoice/0b5f4e3c-7f0a-4c1e-9f61-6a4c5a0d1c11"
_HALDEN: Final = Party(
    name="Halden & Brandt",
    address="Speicherstraße 14\n20457 Hamburg\nGermany",
    email="hello@halden-brandt.example",
    phone="+49 40 5550 0142",
    website="https://halden-brandt.example",
    tax_ids=("VAT ID: DE999999995", "Tax number: 99/999/99999"),
)
_MESA: Final = Party(
    name="Bright Mesa Robotics, Inc.",
    address="2140 Blake Street, Suite 300\nDenver, CO 80205\nUnited States",
)


def line(
    description: str, quantity: str = "1", unit_price: int = 12_000, tax_rate: str = "19"
) -> Line:
    """Return a line with the matching amount."""
    return Line(
        description=description,
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price) / 100,
        tax_rate=Decimal(tax_rate),
        amount=int(Decimal(quantity) * unit_price),
    )


def document(lines: Sequence[Line], **details: Any) -> PdfDocument:
    """Return an invoice of `lines` with matching totals; `details` replace its fields."""
    rates = sorted({each.tax_rate for each in lines}, reverse=True)
    taxable = {rate: sum(each.amount for each in lines if each.tax_rate == rate) for rate in rates}
    taxes = tuple(
        TaxTotal(
            category=TaxCategory.of_rate(rate),
            name=None,
            rate=rate,
            base=Minor(taxable[rate]),
            tax=Minor(int(taxable[rate] * rate) // 100),
        )
        for rate in rates
    )
    subtotal = sum(each.amount for each in lines)
    total = subtotal + sum(share.tax for share in taxes)
    invoice = PdfDocument(
        kind=DocumentKind.INVOICE,
        number="2026-0042",
        status="ISSUED",
        version=datetime(2026, 11, 24, 12, tzinfo=UTC),
        language="en",
        currency="EUR",
        business=_HALDEN,
        customer=_MESA,
        accent_color="#1d4ed8",
        issue_date=date(2026, 11, 1),
        due_date=date(2026, 11, 30),
        lines=tuple(lines),
        subtotal=subtotal,
        taxes=taxes,
        total=total,
        paid=0,
        due=total,
        link=LINK,
    )
    return replace(invoice, **details)


def transfer(
    invoice: PdfDocument, iban: str, *, bic: str | None = None, has_debtor: bool = True
) -> PdfDocument:
    """Return an invoice that can be paid by bank transfer, to an account in Zürich or elsewhere."""
    holder, amount = "Beratung Zürich AG", Decimal(invoice.due or 0) / 100
    reference = payment_reference(invoice.number, iban)
    address: dict[str, Any] = {"postal_code": "8001", "town": "Zürich", "country": "CH"}
    creditor = qr_bill_party(name=holder, street_lines=["Bahnhofstrasse 12"], **address)
    debtor = qr_bill_party(name="Käse & Söhne", street_lines=["Am Markt 7"], **address)
    paid: dict[str, Any] = {
        "iban": iban,
        "reference": reference,
        "amount": amount,
        "currency": invoice.currency,
    }
    bank_transfer = BankTransfer(
        account_holder=holder,
        iban=iban,
        bic=bic,
        reference=reference,
        epc_payload=epc_payload(holder=holder, bic=bic, **paid),
        swiss_qr_bill=swiss_qr_bill(
            creditor=creditor,
            debtor=debtor if has_debtor else None,
            message=f"Invoice {invoice.number}",
            **paid,
        ),
    )
    return replace(invoice, transfer=bank_transfer)


def logo() -> bytes:
    """Return a logo with transparent corners."""
    image = Image.new("RGBA", (420, 120))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, 119, 119), 28, fill="#0f766e")
    draw.ellipse((34, 34, 86, 86), fill="#ffffff")
    draw.rounded_rectangle((150, 44, 419, 76), 16, fill="#134e4a")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _localized(
    name: str, address: str, items: Sequence[str], notes: str, **details: Any
) -> PdfDocument:
    """Return an invoice for a customer with the given items."""
    lines = [
        line(item, quantity, price, rate)
        for item, quantity, price, rate in zip(
            items, ("1", "12.5", "3", "2"), (480_000, 9_550, 1_999, 60), "0707", strict=False
        )
    ]
    return document(lines, customer=Party(name=name, address=address), notes=notes, **details)


def gallery() -> dict[str, PdfDocument]:
    """Return the documents by name."""
    plain = document(
        [
            line("Discovery workshop, two days on site", "2", 145_000),
            line("Interface design for the ordering terminal", "38.5", 11_500),
            line("Typefaces: licence for 3 workplaces", "3", 4_900, "7"),
        ],
        notes="Thank you for your business. Please pay within 30 days.",
        paid=100_000,
        logo=logo(),
        accent_color="#0f766e",
    )
    partly_paid = replace(plain, due=plain.total - 100_000)
    swiss = document([line("Beratung, ein Tag", "1", 180_000, "8.1")], currency="CHF")
    return {
        **countries(),
        "bank-transfer": transfer(partly_paid, "DE28999000000012345678", bic="MUSTDEHHXXX"),
        "account-lines": replace(
            partly_paid,
            currency="USD",
            transfer=BankTransfer(
                account_holder="Bright Mesa Robotics, Inc.",
                account_lines=("First National Bank", "Routing 123456789", "Account 000123456"),
                bic="FNBAUS33",
                reference=payment_reference(plain.number, None),
            ),
        ),
        "qr-bill": replace(transfer(swiss, "CH5800791123000889012"), language="de-CH"),
        "qr-bill-form": replace(
            transfer(swiss, "CH4431999123000889012", has_debtor=False), language="fr-CH"
        ),
        "plain": partly_paid,
        "long": document(
            [
                line(f"Service visit {n}, with parts and travel", str(n % 7 + 1))
                for n in range(1, 101)
            ],
            notes="Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 70,
        ),
        "german": _localized(
            "Müller & Söhne Maschinenbau GmbH",
            "Lindenstraße 14\n70173 Stuttgart",
            [
                "Wartung der Förderanlage „Nord“ – Großprüfung nach § 14",
                "Überstunden",
                "Schläuche, 1½ Zoll",
                "Maßbänder à 0,60 €",
            ],
            "Zahlbar ohne Abzug – vielen Dank für Ihren Auftrag!",
            language="de",
        ),
        "polish": _localized(
            "Żółw i Wspólnicy Sp. z o.o.",
            "ul. Świętokrzyska 30\n00-116 Łódź",
            ["Zażółć gęślą jaźń", "Usługi doradcze", "Części zamienne"],
            "Dziękujemy za terminową płatność.",
            language="pl",
            currency="PLN",
        ),
        "greek": _localized(
            "Αφοί Παπαδόπουλοι Ο.Ε.",
            "Οδός Ερμού 12\n105 63 Αθήνα",
            ["Συμβουλευτικές υπηρεσίες", "Μεταφορά & εγκατάσταση", "Ανταλλακτικά"],
            "Ευχαριστούμε πολύ! «Καλή συνέχεια»",
        ),
        "russian": _localized(
            "ООО «Ромашка и партнёры»",
            "ул. Большая Ордынка, д. 7\n115035 Москва",
            ["Разработка личного кабинета", "Съёмка объекта", "Подъёмник, № 5"],
            "Спасибо, что вы с нами — ждём вас снова.",
        ),
        "vietnamese": _localized(
            "Công ty TNHH Nguyễn Đình Phượng",
            "123 Đường Lê Lợi, Quận 1\nThành phố Hồ Chí Minh",
            ["Thiết kế nội thất phòng khách", "Vận chuyển và lắp đặt", "Vật tư phụ"],
            "Cảm ơn quý khách đã tin tưởng sử dụng dịch vụ của chúng tôi.",
            currency="VND",
        ),
        "chinese": _localized(
            "北京天坛科技有限公司",
            "北京市东城区天坛路甲12号\n邮编 100061",
            [
                "网站开发与维护服务（2026年第一季度），包括前端页面设计、后端接口开发和数据库优化",
                "技术咨询",
                "打印纸",
            ],
            "请在收到发票后三十天内付款。谢谢！",
            currency="CNY",
        ),
        "japanese": _localized(
            "株式会社さくらデザイン",
            "〒150-0001\n東京都渋谷区神宮前1丁目2番3号",
            [
                "ウェブサイト制作「さくら」プロジェクト、打ち合わせと進行管理を含む",
                "ｶﾀｶﾅの資料",
                "直営店の看板",
            ],
            "いつもお世話になっております。よろしくお願いいたします。",
            currency="JPY",
        ),
        "korean": _localized(
            "주식회사 한빛소프트웨어",
            "서울특별시 강남구 테헤란로 152\n06236",
            ["모바일 앱 디자인 및 개발", "기술 자문", "현장 설치"],
            "이용해 주셔서 감사합니다.",
            currency="KRW",
        ),
        "arabic": _localized(
            "شركة النخيل للتجارة والمقاولات",
            "شارع الملك فهد، حي العليا\nالرياض 12211",
            [
                "تصميم الموقع الإلكتروني (Website 2.0)",
                "استشارات تقنية لمدة 12 ساعة",
                "طباعة لافتات",
            ],
            "شكراً لتعاملكم معنا. للاستفسار: hello@halden-brandt.example",
            language="ar",
            currency="SAR",
            logo=logo(),
            accent_color="#0f766e",
        ),
        "hebrew": _localized(
            "חברת הזית בע״מ",
            "רחוב הרצל 15\nתל אביב 6688101",
            ["ייעוץ (כולל נסיעות) 2026", "תרגום לאנגלית – English", "שילוט"],
            "תודה רבה על שיתוף הפעולה!",
            language="he",
            currency="ILS",
        ),
        "hindi": _localized(
            "श्री गणेश ट्रेडर्स प्राइवेट लिमिटेड",
            "१२, महात्मा गांधी मार्ग\nनई दिल्ली ११०००१",
            ["वेबसाइट निर्माण और रखरखाव", "परामर्श शुल्क", "मुद्रित सामग्री"],
            "आपके व्यवसाय के लिए धन्यवाद।",
            currency="INR",
        ),
        "thai": _localized(
            "บริษัท ช้างเผือก จำกัด",
            "99/1 ถนนสุขุมวิท แขวงคลองเตย\nกรุงเทพมหานคร 10110",
            ["ออกแบบและพัฒนาเว็บไซต์", "ค่าที่ปรึกษา", "ป้ายหน้าร้าน"],
            "ขอบคุณที่ใช้บริการของเรา น้ำใจงาม",
            currency="THB",
        ),
        "scripts": document([line(text) for text in LEFT_TO_RIGHT.values()]),
        "right-to-left": document([line(text) for text in RIGHT_TO_LEFT.values()]),
        "emoji": _localized(
            "Café 🌸 Sunshine ☀️",
            "12 Rainbow Road 🌈\nLisbon 🇵🇹",
            ["Birthday cake 🎂 for 👩‍👧‍👦 with 🍓", "Fireworks 🎆🎇", "Thumbs 👍🏽 and hearts ❤️"],
            "See you soon! 😀😂🥲🚀 ✓ ★ → ☎",
        ),
        "hostile": _localized(
            "<b>Robert'); DROP TABLE--\\ (x) ))) %% \x00\x07 " + "W" * 120,
            "a\tb\r\nc\x0bd\u2028e\u202egnp.exe\u202c\n\ud83d lone",
            [
                "Z̷̡̛a̶̢̛l̸̨̛g̵̢̛ơ̶̡ " * 12,
                "x" * 300,
                "𓀀𓂀 𐎠𐎡 ᚠᚢᚦ \U0010ffff \ue000 no font has these",
                "mixed עברית and عربي and 漢字 and 한글 in (one) line [1]",
            ],
            "\u200f\u2067 ((("
            + "‮" * 50
            + "ﷺ " * 90
            + "-" * 300
            + " 1/2/3-4-5 " * 40
            + "\u200d".join("👩👧🎂" * 50),
            number='"; filename=evil.exe 漢',
        ),
        "quote": document(
            [line("Kitchen, made to measure, oak", "1", 1_850_000), line("Fitting", "16", 8_900)],
            kind=DocumentKind.QUOTE,
            number="Q-2026-007",
            status="ACCEPTED",
            acceptance="Accepted by Rowan Ashby on November 30, 2026.\nFrom January, please.",
            paid=None,
            due=None,
            discount_amount=50_000,
            logo=logo(),
            accent_color="#facc15",
        ),
        "correction": document(
            [
                line("Interface design for the ordering terminal", "8", 11_500),
                line("Typefaces: licence for 1 workplace", "1", 4_900, "7"),
            ],
            kind=DocumentKind.CREDIT_NOTE,
            number="C-2026-004",
            corrected_invoice=CorrectedInvoice(number="2026-0042", issue_date=date(2026, 11, 1)),
            paid=50_000,
            paid_out=10_000,
            due=54_723,
            due_date=None,
            reason="One workplace was closed before the project began, so less was needed.",
        ),
        "credit-note": document(
            [],
            kind=DocumentKind.CREDIT_NOTE,
            number="C-2026-003",
            status="APPLIED",
            total=25_000,
            paid=10_000,
            due=15_000,
            due_date=None,
            link=None,
            reason="For the delayed delivery in October.",
        ),
        "draft": replace(plain, number="", status="DRAFT", link=None, paid=0, due=plain.total),
    }


def main(folder: Path) -> None:
    """Write each document as a PDF, and its first pages as PNG with poppler."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in gallery().items():
        file = folder / f"{name}.pdf"
        file.write_bytes(render(content))
        subprocess.run(["pdftoppm", "-r", "80", "-l", "3", "-png", file, folder / name], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
