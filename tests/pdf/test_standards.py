"""Every document is archivable (PDF/A-3a) and accessible (PDF/UA-1)."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any, Final

import pikepdf
import pytest

from i18n.translations import available_languages
from pdf.rendering import render
from tests.pdf import verapdf
from tests.pdf.gallery import document, gallery, line
from tests.pdf.kinds import SmallXml, kinds
from tests.pdf.structure import spoken

_PLAIN: Final = gallery()["plain"]
_FACTUR_X: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


@pytest.fixture(scope="module")
def failures() -> verapdf.Failures:
    """Return the broken rules of all documents, and of those that are damaged.

    They are checked at once, because starting Java takes long.
    """
    languages = {each: replace(_PLAIN, language=each) for each in available_languages()}
    files = {name: render(drawn) for name, drawn in (gallery() | kinds() | languages).items()}
    return verapdf.check(files | _damaged())


def test_all_documents_in_all_languages_meet_the_standards(failures: verapdf.Failures) -> None:
    documents = failures.keys() - _CHANGES.keys()
    assert {name: failures[name] for name in documents if failures[name]} == {}


# --- what the validator would notice --------------------------------------------------------------


def _elements(pdf: pikepdf.Pdf, tag: str) -> list[Any]:
    return [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == f"/{tag}" and "/P" in each
    ]


def _without(*path: str) -> Callable[[pikepdf.Pdf], None]:
    """Return a change that deletes a key of the catalog or of what it names."""

    def change(pdf: pikepdf.Pdf) -> None:
        *parents, key = path
        node: Any = pdf.Root
        for parent in parents:
            node = node[f"/{parent}"]
        del node[f"/{key}"]

    return change


def _element_without(tag: str, key: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        for element in _elements(pdf, tag):
            del element[f"/{key}"]

    return change


def _renamed(tag: str, other: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        for element in _elements(pdf, tag):
            element.S = pikepdf.Name(f"/{other}")

    return change


def _page_without(key: str) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.pages[0].__delitem__(f"/{key}")


def _annotation_without(key: str) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.pages[0].Annots[0].__delitem__(f"/{key}")


def _untagged(pdf: pikepdf.Pdf) -> None:
    content = pdf.pages[0].Contents.read_bytes()
    pdf.pages[0].Contents.write(content.replace(b"/Artifact BMC", b"/Span BMC"))


def _unreadable(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font.F0["/ToUnicode"]


_CHANGES: Final[dict[str, tuple[str, Callable[[pikepdf.Pdf], None]]]] = {
    "no-language": ("7.2-", _without("Lang")),
    "no-tree": ("7.1-11", _without("StructTreeRoot")),
    "no-marks": ("6.2-1", _without("MarkInfo")),
    "no-metadata": ("6.6.2.1-1", _without("Metadata")),
    "no-colours": ("6.2.4.3-", _without("OutputIntents")),
    "no-title": ("7.1-10", _without("ViewerPreferences", "DisplayDocTitle")),
    "no-alternative": ("7.3-1", _element_without("Figure", "Alt")),
    "no-scope": ("7.5-1", _element_without("TH", "A")),
    "skipped-heading": ("7.4.2-1", _renamed("H1", "H3")),
    "cell-outside-row": ("7.2-", _renamed("TR", "P")),
    "link-without-tag": ("7.18.5-1", _renamed("Link", "Span")),
    "no-order": ("7.18.3-1", _page_without("Tabs")),
    "no-description": ("7.18.5-2", _annotation_without("Contents")),
    "not-printed": ("6.3.2-1", _annotation_without("F")),
    "untagged": ("7.1-3", _untagged),
    "unreadable": ("7.21.7-1", _unreadable),
}


def _damaged() -> dict[str, bytes]:
    files = {}
    for name, (_, change) in _CHANGES.items():
        with pikepdf.open(BytesIO(render(_PLAIN))) as opened:
            change(opened)
            file = BytesIO()
            opened.save(file)
            files[name] = file.getvalue()
    return files


def test_the_validator_notices_what_is_broken(failures: verapdf.Failures) -> None:
    unnoticed = {
        name: failures[name]
        for name, (rule, _) in _CHANGES.items()
        if not any(f" {rule}" in failure for failure in failures[name])
    }
    assert unnoticed == {}


# --- what a screen reader reads -------------------------------------------------------------------


def test_an_invoice_is_read_in_order() -> None:
    read = [f"{each.tag} {each.text}" for each in spoken(render(_PLAIN)) if each.text]
    order = [
        "Figure Halden & Brandt",
        "H1 Invoice 2026-0042",
        "H2 From",
        "H2 Billed to",
        "P Issue date November 1, 2026",
        "TH Description",
        "TD Discovery workshop, two days on site",
        "TD €2,900.00",
        "TH Subtotal",
        "TH Amount due",
        "P See the latest version online:",
        f"Link {_PLAIN.link}",
        "H2 Notes",
        f"P {_PLAIN.notes}",
    ]
    assert [text for text in read if text in order] == order


def test_right_to_left_text_is_read_as_it_was_typed() -> None:
    arabic = gallery()["arabic"]
    texts = {each.text for each in spoken(render(arabic))}
    assert {each.description for each in arabic.lines} <= texts
    assert arabic.notes in texts


def test_the_e_invoice_is_an_associated_file() -> None:
    file = render(replace(_PLAIN, e_invoice=SmallXml()))
    with pikepdf.open(BytesIO(file)) as opened:
        attached = opened.attachments["factur-x.xml"]
        assert attached.relationship == pikepdf.Name("/Alternative")
        assert attached.get_file().read_bytes() == b"<a/>"
        with opened.open_metadata() as metadata:
            assert metadata[f"{{{_FACTUR_X}}}ConformanceLevel"] == "EN 16931"


def test_what_pages_repeat_is_read_once() -> None:
    elements = spoken(render(document([line(f"Item {n}") for n in range(100)])))
    assert [each.text for each in elements].count("Description") == 1
    assert not any("Page 2" in each.text for each in elements)


@pytest.mark.parametrize(
    ("status", "state"), [("PAID", "Paid"), ("CANCELLED", "Cancelled"), ("DRAFT", "Draft")]
)
def test_the_state_is_read_after_the_title(status: str, state: str) -> None:
    elements = spoken(render(replace(_PLAIN, status=status)))
    at = next(at for at, each in enumerate(elements) if each.tag == "H1")
    assert elements[at + 1].text == state
