"""Text: cleaning, order and line breaks."""

from typing import Final

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from pdf.bidi import embedding_levels, visual_order
from pdf.cleaning import clean
from pdf.fonts import REGULAR
from pdf.rendering import render
from pdf.shaping import ShapedLine, typeface
from pdf.text import shape_line, wrap
from tests.pdf.gallery import document, line
from tests.pdf.readers import read

FACE: Final = typeface("en", REGULAR)
_TOKENS: Final = (
    *("שלום", "עולם", "مرحبا", "order", "Zoom", "12", "2026", "١٢", "€", "%", "-", "/", ".", ","),
    *("(", ")", "[", "]", "«", "»", " ", ":", "+1", "a1"),
)


def _drawn(text: str, *, rtl: bool) -> str:
    """Return text as drawn from left to right, but with brackets not mirrored."""
    return "".join(text[at] for at in visual_order(embedding_levels(text, rtl=rtl)))


@given(st.lists(st.sampled_from(_TOKENS), min_size=1, max_size=12), st.booleans())
def test_the_order_follows_the_unicode_algorithm(tokens: list[str], rtl: bool) -> None:
    text = "".join(tokens).strip()
    assert _drawn(text, rtl=rtl) == get_display(text, base_dir="R" if rtl else "L")


def test_brackets_stay_around_their_content() -> None:
    assert _drawn("שלום (world) 12-34 עולם", rtl=True) == "םלוע 12-34 )world( םולש"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("aaaa 12\u00a0345\u00a0EUR", ["aaaa", "12\u00a0345\u00a0EUR"]),
        ("one two three", ["one two", "three"]),
        ("well-known words", ["well-", "known", "words"]),
        ("網站開發與維護服務（年）", ["網站開發", "與維護服", "務（年）"]),
        ("ไทย\u200bไทยไทย\u200bไทย", ["ไทยไทยไทย", "ไทย"]),
    ],
)
def test_lines_break_at_the_right_places(text: str, lines: list[str]) -> None:
    limit = max(FACE.width(each) for each in lines)
    assert [each.text for each in wrap(clean(text), FACE, limit, rtl=False)] == lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ให้คำปรึกษาด้านเทคโนโลยี", ["ให้", "คำ", "ปรึกษา", "ด้าน", "เทคโนโลยี"]),
        ("😀ภาษาไทย", ["😀", "ภาษา", "ไทย"]),
        ("ບໍລິການ", ["ບໍລິການ"]),
        ("សេវាកម្មប្រឹក្សា", ["សេវាកម្ម", "ប្រឹក្សា"]),
        ("မြန်မာစာ", ["မြန်မာ", "စာ"]),
        ("བཀྲ་ཤིས་བདེ་ལེགས།", ["བཀྲ་", "ཤིས་", "བདེ་", "ལེགས།"]),
        ("የአማርኛ፡ቋንቋ", ["የአማርኛ፡", "ቋንቋ"]),
    ],
)
def test_scripts_without_spaces_break_between_words(text: str, words: list[str]) -> None:
    for limit in (FACE.width(text) * 0.45, FACE.width(text) * 0.7):
        fitting = max(limit, *map(FACE.width, words))
        drawn = wrap(text, FACE, fitting, rtl=False)
        starts = {"".join(words[:at]) for at in range(1, len(words) + 1)}
        end = ""
        for each in drawn:
            end += _text(each)
            assert end in starts


def _text(line: ShapedLine) -> str:
    return "".join(
        run.text or "".join(glyph.drawn.text for glyph in run.glyphs) for run in line.runs
    )


def test_a_number_keeps_its_direction_where_a_paragraph_is_broken() -> None:
    text = "خدمات استشارية لتطوير البرمجيات (2024) 50% والتصميم"
    first, *_ = text.partition(" 50%")
    lines = wrap(text, FACE, FACE.width(f"{first} "), rtl=False)
    assert _text(lines[1]).startswith("ميمصتلاو")
    assert _text(lines[1]).endswith("%50")


def test_flags_are_not_split() -> None:
    flags = "\U0001f1e9\U0001f1ea" * 9
    limit = FACE.width(flags[:2]) * 2.5
    drawn = [each.text for each in wrap(flags, FACE, limit, rtl=False)]
    assert drawn == [flags[:4]] * 4 + [flags[:2]]


def test_excess_marks_are_dropped() -> None:
    assert clean("a" + "\u0301" * 50 + "b") == "á\u0301\u0301\u0301b"
    assert clean("ក្" * 50) == ("ក្" * 4 + "ក") * 10
    assert clean("क्ष्म्य") == "क्ष्म्य"
    assert clean("một của Đường") == "một của Đường"


def test_controls_are_dropped_and_lines_kept() -> None:
    assert clean("a\r\nb\x00\x1bc\td\u202ee\u2028f" + "\n" * 9 + "g") == "a\nbc de\nf\n\n\ng"


def test_characters_with_a_shared_glyph_read_back() -> None:
    texts = ["一〜～⼀", "۱ ١ ۳ ٣"]
    extracted = "".join(read(render(document([line(text) for text in texts]))).pages)
    assert texts[0] in extracted
    assert set("۱١۳٣") <= set(extracted)


def test_a_keycap_uses_one_font() -> None:
    [run] = shape_line("1\ufe0f\u20e3", FACE, rtl=False).runs
    assert run.font.family == "Emoji"
