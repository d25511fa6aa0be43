"""The document in weasyprint: HTML, and a stylesheet that is parsed once."""

from collections.abc import Callable
from html import escape
from typing import Final

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from dev.benchmarks.pdf.qr_code import dark_runs
from dev.benchmarks.pdf.static_fonts import StaticFonts
from pdf.documents import Party, PdfDocument
from pdf.labels import Labels

_STYLE: Final = """
@font-face { font-family: Sans; font-weight: 400; src: url("%s") }
@font-face { font-family: Sans; font-weight: 700; src: url("%s") }
@page { size: A4; margin: 49pt 48pt 64pt;
  @bottom-left { content: string(footer); width: 75%%; font: 7.5pt Sans; color: #616e7d;
    border-top: .6pt solid #e0e6eb; vertical-align: middle }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 7.5pt Sans;
    color: #616e7d; border-top: .6pt solid #e0e6eb; vertical-align: middle }
  @top-left { content: string(name); font: 700 9pt Sans; color: #1c2430 }
  @top-right { content: string(title); font: 9pt Sans; color: #616e7d }
}
@page :first { @top-left { content: none } @top-right { content: none } }
body { font: 9pt/1.45 Sans; color: #1c2430; margin: 0 }
body > i { display: block; height: 0; overflow: hidden; font-style: normal }
#bar { position: fixed; top: -49pt; left: -48pt; width: 210mm; height: 6pt }
#footer { string-set: footer content() } #name { string-set: name content() }
#title { string-set: title content() }
header { display: flex; justify-content: space-between; border-bottom: .6pt solid #e0e6eb }
header b { font-size: 16pt } h1 { font-size: 24pt; margin: 0; line-height: 1.2 }
header div { text-align: right } header span { font-size: 12pt; color: #616e7d }
#parties { display: flex; margin: 12pt 0 20pt } #parties div { width: 36%% }
#parties div:last-child { width: 28%% } p { margin: 0; white-space: pre-line; color: #616e7d }
small { font-size: 7.5pt; color: #616e7d; display: block }
table { width: 100%%; border-collapse: collapse } td, th { padding: 6pt; vertical-align: top }
#lines { table-layout: fixed } #lines th { font-size: 7.5pt; color: #616e7d; background: #f6f7f9 }
#lines td { border-bottom: .6pt solid #e0e6eb } tr { break-inside: avoid }
td:not(:first-child), th:not(:first-child) { text-align: right } th:first-child { text-align: left }
#closing { display: flex; margin-top: 10pt; break-inside: avoid } #closing > * { width: 50%% }
#closing td { padding: 2pt 6pt } #closing td:first-child { color: #616e7d }
#closing tr.strong td { font-weight: 700; font-size: 12pt; color: #1c2430 }
#closing tr.due td { background: #f6f7f9 }
#code { display: flex } svg { width: 62pt; height: 62pt; margin-right: 14pt; flex: none }
#notes { margin-top: 18pt; break-inside: avoid }
"""


def prepare(fonts: StaticFonts) -> Callable[[PdfDocument], bytes]:
    """Return the renderer."""
    configuration = FontConfiguration()
    files = fonts.regular.as_uri(), fonts.bold.as_uri()
    style = CSS(string=_STYLE % files, font_config=configuration)

    def render(document: PdfDocument) -> bytes:
        html = HTML(string=_html(document, Labels(document)))
        written: bytes = html.write_pdf(stylesheets=[style], font_config=configuration)
        return written

    return render


def _html(document: PdfDocument, labels: Labels) -> str:
    accent, name = document.accent_color, escape(document.business.name)
    title = escape(labels.name())
    facts = "".join(f"<small>{label}</small>{escape(value)}" for label, value in labels.facts())
    head = "".join(f"<th>{escape(label)}</th>" for label in labels.columns())
    lines = "".join(
        f"<tr><td>{escape(line.description)}<td>{line.quantity}"
        f"<td>{line.unit_price}<td>{line.taxes[0]}"
        f"<td>{line.amount}</tr>"
        for line in map(labels.line, document.lines)
    )
    return (
        f"<!doctype html><html lang={document.language}><title>{title}</title>"
        f'<meta name=author content="{name}"><style>h1, a {{ color: {accent} }}'
        f"#bar {{ background: {accent} }}"
        f"#lines thead {{ border-bottom: .8pt solid {accent} }}"
        f"tr.due td:first-child {{ border-left: 3pt solid {accent} }}"
        f"#lines col {{ width: 70pt }} #lines col:first-child {{ width: auto }}</style>"
        f"<div id=bar></div><i id=footer>{name} · {title}</i><i id=name>{name}</i>"
        f"<i id=title>{title}</i>"
        f"<header><b>{name}</b><div><h1>{labels.title()}</h1>"
        f"<span>{escape(document.number)}</span></div></header>"
        f"<div id=parties>{_party(labels.sender(), document.business, labels)}"
        f"{_party(labels.recipient(), document.customer, labels)}<div>{facts}</div></div>"
        f"<table id=lines><col><col><col><col><col><thead><tr>{head}</tr></thead>{lines}</table>"
        f"<div id=closing>{_live_page(document, labels)}<table>{_totals(labels)}</table></div>"
        f"<div id=notes><b>{labels.notes()}</b><p>{escape(document.notes or '')}</p></div>"
    )


def _party(label: str, party: Party, labels: Labels) -> str:
    below = escape("\n".join(labels.party(party)))
    return f"<div><small>{label}</small><b>{escape(party.name)}</b><p>{below}</p></div>"


def _totals(labels: Labels) -> str:
    due = labels.due()
    assert due is not None
    rows = [
        *(("", *item) for item in labels.subtotals()),
        ("strong", *labels.total()),
        *(("", *item) for item in labels.settlements()),
        ("strong due", *due),
    ]
    return "".join(
        f'<tr class="{kind}"><td>{label}<td>{amount}</tr>' for kind, label, amount in rows
    )


def _live_page(document: PdfDocument, labels: Labels) -> str:
    link = document.link
    assert link is not None
    side, runs = dark_runs(link)
    path = "".join(f"M{column} {row}h{length}v1h-{length}z" for column, row, length in runs)
    code = f'<svg viewBox="0 0 {side} {side}"><path fill="#1c2430" d="{path}"/></svg>'
    return (
        f"<div id=code><a href={link}>{code}</a>"
        f"<small>{labels.live_page_hint()}<br><a href={link}>{link}</a></small></div>"
    )
