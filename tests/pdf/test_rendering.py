"""The PDF file of any document."""

import os
import string
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pdf.documents import Party, PdfDocument
from pdf.rendering import render
from tests.pdf.gallery import LINK, document, gallery, line, logo
from tests.pdf.readers import poppler_text, problems, read, squash

_SECONDS: Final = 20.0
"""The time limit of a document (setting PDF_SECONDS)."""
_SCRIPTS: Final = (
    "\u0300\u0323\u20e3\u200d\u200c\u200f\u202e\u2067\ufe0f"  # marks, joiners, directions
    "אבגם״ ابتثجلاﷺ،٣ ءآ"
    "हिन्दीक्षत्र ไทยน้ำ ខ្មែរ မြန်မာ தமிழ் ৰাংলা"
    "漢字かなカﾅ한글ㅎ、。「」\uff08\uff09"
    "😀👩👧🇩🇪👍🏽❤☎→★□\U0010ffff\ue000\U00013000"
)
_any_text = st.text(
    st.one_of(
        st.sampled_from(_SCRIPTS + string.printable + "\u2028\x00\ud800-/()[]"),
        st.characters(),
    ),
    max_size=300,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.tuples(*[_any_text] * 6),
    language=st.sampled_from(("en", "de", "ar", "he", "ja", "ko", "zh-Hant", "pl")),
    repeated=st.integers(1, 8),
)
def test_any_text_renders(texts: tuple[str, ...], language: str, repeated: int) -> None:
    name, address, number, description, notes, other = texts
    drawn = document(
        [line(description * repeated), line(other)],
        business=Party(
            name=name * repeated,
            address=address,
            email=other,
            phone=other,
            website=other,
            tax_ids=(other,),
        ),
        customer=Party(
            name=other,
            address=address * repeated,
            email=notes,
            phone=None,
            website=None,
            tax_ids=(number,),
        ),
        number=number,
        notes=notes * repeated,
        language=language,
    )
    started = monotonic()
    file = render(drawn)
    assert monotonic() - started < _SECONDS
    assert problems(file) == []
    assert len(read(file).pages) >= 1


@pytest.mark.parametrize("count", [1, 10, 100, 1000])
def test_every_line_is_there_and_every_page_repeats_the_head(count: int) -> None:
    file = render(document([line(f"Item {n} of many") for n in range(count)]))
    pages = read(file).pages
    text = "".join(pages)
    assert all(f"Item {n} of many" in text for n in range(count))
    assert all("Description" in page and "Unit price" in page for page in pages)
    assert [f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1)] == [True] * len(
        pages
    )
    assert problems(file) == []


@pytest.mark.parametrize("count", [*range(1, 4), *range(14, 30), *range(44, 50)])
def test_the_totals_share_a_page_with_a_line(count: int) -> None:
    pages = read(render(document([line(f"Item {n}") for n in range(count)]))).pages
    [closing] = [page for page in pages if "Amount due" in page]
    assert f"Item {count - 1}" in closing


@pytest.mark.parametrize("taxes", [1, 6, 12])
@pytest.mark.parametrize("address", range(1, 13, 2))
def test_the_table_head_shares_a_page_with_a_line(address: int, taxes: int) -> None:
    party = Party(name="A business", address="\n".join("street" for _ in range(address)))
    first = line("Item\n" + "\n".join("more of it" for _ in range(11)))
    others = [line(f"Item {n}", tax_rate=str(n)) for n in range(taxes - 1)]
    pages = read(render(document([first, *others], business=party, discount_amount=1))).pages
    assert all("Item" in page for page in pages if "Description" in page)


@pytest.mark.parametrize("rates", [13, 20, 22, 25, 40])
def test_some_of_very_many_taxes_stay_with_the_total(rates: int) -> None:
    rated = [line("Item"), *(line(f"Item {n}", tax_rate=str(n)) for n in range(rates))]
    pages = read(render(document(rated))).pages
    [closing] = [page for page in pages if "Amount due" in page]
    assert closing.count("Tax ") >= 2


def test_a_high_row_is_split_between_its_lines() -> None:
    description = "\n".join(f"part {n}" for n in range(200))
    pages = read(render(document([line("before"), line(description), line("after")]))).pages
    assert len(pages) > 3
    assert all(f"part {n}" in "".join(pages) for n in range(200))
    assert all(page.count("part ") != 1 for page in pages)


def test_very_many_taxes_flow_over_pages() -> None:
    rated = [line(f"Item {n}", tax_rate=f"{n}.5") for n in range(99)]
    file = render(document(rated))
    text = "".join(read(file).pages)
    assert all(f"Tax {n}.5% on" in text for n in range(99))


@pytest.mark.parametrize("text", ["a\n" * 500, "W" * 1000, "漢" * 1000, "ab " * 333])
def test_details_of_any_length_leave_room_for_lines(text: str) -> None:
    party = Party(
        name=text[:200],
        address=text,
        email=text[:254],
        phone=text[:50],
        website=text[:500],
        tax_ids=(text[:50],),
    )
    pages = read(render(document([line("An item")], business=party, customer=party))).pages
    first = squash(pages[0])
    assert "Anitem" in first
    assert squash(text)[:100] in first.replace(",", "")


def test_a_huge_word_and_a_huge_note_are_complete() -> None:
    word, note = "x" * 300, "A word of thanks. " * 222
    text = squash("".join(read(render(document([line(word)], notes=note))).pages))
    assert word in text
    assert text.count("thanks.") == 222


# --- the same bytes -------------------------------------------------------------------------------


def test_other_processes_render_the_same_bytes(tmp_path: Path) -> None:
    names = ("plain", "arabic", "chinese", "emoji", "hostile")
    here = [render(gallery()[name]) for name in names]
    script = (
        "import sys; from pathlib import Path; from pdf.rendering import render;"
        "from tests.pdf.gallery import gallery;"
        "[Path(sys.argv[1], n).write_bytes(render(gallery()[n])) for n in reversed(sys.argv[2:])]"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, tmp_path, *names],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            timeout=60,
        )
        assert [(tmp_path / name).read_bytes() for name in names] == here


@pytest.mark.parametrize(
    "change",
    [
        {"number": "2026-0043"},
        {"paid": 1},
        {"language": "de"},
        {"status": "CANCELLED"},
        {"logo": logo()},
        {"link": None},
    ],
)
def test_a_different_document_has_different_bytes(change: dict[str, Any]) -> None:
    one = document([line("An item")])
    other = replace(one, **change)
    assert one.fingerprint() != other.fingerprint()
    assert render(one) != render(other)


def test_a_later_version_has_different_bytes_of_the_same_size() -> None:
    one = document([line("An item")])
    other = replace(one, version=one.version + timedelta(days=1))
    assert one.fingerprint() != other.fingerprint()
    assert render(one) != render(other)
    assert len(render(one)) == len(render(other))


def test_a_document_for_egypt_can_be_searched_for_its_digits() -> None:
    text = squash(poppler_text(render(document([line("خدمة", "-2")], language="ar-EG"))))
    assert "٢٠٢٦" in text
    assert "\N{REPLACEMENT CHARACTER}" not in text


# --- metadata -------------------------------------------------------------------------------------


def test_metadata_and_link() -> None:
    file = render(document([line("An item")], number="ż(1)", language="pl"))
    pdf = read(file)
    assert pdf.title == "Faktura ż(1)"
    assert pdf.links == [LINK]
    assert b"borb" in file


def test_a_document_without_a_link_has_none() -> None:
    assert read(render(document([line("An item")], link=None))).links == []


def test_ten_lines_take_less_than_36_kb() -> None:
    assert len(render(document([line(f"Item {n}") for n in range(10)]))) < 36_000


# --- logos ----------------------------------------------------------------------------------------


def _image(mode: str, size: tuple[int, int], format_: str) -> bytes:
    file = BytesIO()
    Image.new(mode, size, 1).save(file, format_)
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "drawn"),
    [
        (lambda: _image("RGB", (4000, 3000), "PNG"), True),
        (lambda: _image("RGB", (1, 1), "PNG"), True),
        (lambda: _image("RGBA", (3000, 2), "PNG"), True),
        (lambda: _image("CMYK", (60, 20), "JPEG"), True),
        (lambda: _image("P", (60, 20), "PNG"), True),
        (lambda: _image("I;16", (60, 20), "PNG"), True),
        # A bomb: 50 KB of 400 million pixels.
        (lambda: _image("1", (20_000, 20_000), "PNG"), False),
        (lambda: _image("RGB", (60, 20), "GIF"), False),
        (lambda: _image("RGB", (60, 20), "PNG")[:-30], False),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", False),
        (lambda: b"\x89PNG\r\n\x1a\n", False),
        (lambda: b"nothing", False),
    ],
)
def test_a_logo_is_drawn_or_left_out(make: Callable[[], bytes], drawn: bool) -> None:
    drawn_document = document([line("An item")], logo=make())
    file = render(drawn_document)
    assert problems(file) == []
    assert (b"/Subtype /Image" in file) is drawn
    assert "Halden & Brandt" in "".join(read(file).pages)


def test_a_very_long_link_is_left_out() -> None:
    pdf = read(render(document([line("An item")], link="https://pay.example/" + "x" * 3_000)))
    assert pdf.links == []
    assert len(pdf.pages) == 1


def test_a_very_long_name_is_truncated_where_it_is_repeated() -> None:
    named = document([line("An item")] * 60, business=Party("W" * 200))
    first, second, *_ = read(render(named)).pages
    assert "W" * 200 in squash(first)
    assert "…" in second
    assert "W" * 200 not in squash(second)


def test_each_kind_has_its_title() -> None:
    shown: dict[str, PdfDocument] = gallery()
    assert "Quote" in read(render(shown["quote"])).pages[0]
    credit = read(render(shown["credit-note"])).pages[0]
    assert "Credit note" in credit
    assert "Credit left" in credit
    assert "Description" not in credit
    correction = read(render(shown["correction"])).pages[0]
    for text in (
        "Corrects invoice 2026-0042 of November 1, 2026",
        "Interface design for the ordering terminal",
        "One workplace was closed",
        "Used on invoices",
        "Paid out",
        "Credit left",
    ):
        assert text in correction
