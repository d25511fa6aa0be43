"""What a file says about itself: its metadata in XMP, and the colours that it is meant for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 doesn't allow."""
E_INVOICE_NAME: Final = "factur-x.xml"
"""The name that Factur-X 1.0 asks for."""
_E_INVOICE: Final = f"""<rdf:Description rdf:about=""
 xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{E_INVOICE_NAME}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>
"""
_EXTENSIONS: Final = """<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag>{}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"""
"""Descriptions of the properties that PDF/A doesn't know."""
_SCHEMA: Final = """<rdf:li><rdf:Description pdfaSchema:schema="{schema}"
 pdfaSchema:namespaceURI="{uri}" pdfaSchema:prefix="{prefix}">
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:Description></rdf:li>"""
_PROPERTY: Final = """<rdf:li pdfaProperty:name="{name}" pdfaProperty:valueType="{kind}"
 pdfaProperty:category="{category}" pdfaProperty:description="{name}"/>"""
_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer><xmp:CreatorTool>{creator}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
</rdf:Description>
{extensions}
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
CREATOR: Final = "Invotify"
PRODUCER: Final = "borb"


@dataclass(frozen=True, slots=True)
class Properties:
    """A file's metadata."""

    title: str
    author: str
    language: str
    changed: datetime
    file_id: str
    """32 hex digits."""
    e_invoice: bytes | None = None
    """The Factur-X that the file contains."""


def xmp_packet(properties: Properties) -> bytes:
    """Return the metadata of a file that claims PDF/A-3a and PDF/UA-1 (ISO 16684-1)."""
    return _PACKET.format(
        title=_xml(properties.title),
        author=_xml(properties.author),
        language=_xml(properties.language),
        producer=PRODUCER,
        creator=CREATOR,
        date=properties.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        extensions=_extensions(has_e_invoice=properties.e_invoice is not None),
    ).encode()


def _extensions(*, has_e_invoice: bool) -> str:
    schemas = _SCHEMA.format(
        schema="PDF/UA",
        uri="http://www.aiim.org/pdfua/ns/id/",
        prefix="pdfuaid",
        properties=_PROPERTY.format(name="part", kind="Integer", category="internal"),
    )
    if not has_e_invoice:
        return _EXTENSIONS.format(schemas)
    names = ("DocumentFileName", "DocumentType", "Version", "ConformanceLevel")
    schemas += _SCHEMA.format(
        schema="Factur-X",
        uri="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
        prefix="fx",
        properties="".join(
            _PROPERTY.format(name=each, kind="Text", category="external") for each in names
        ),
    )
    return _E_INVOICE + _EXTENSIONS.format(schemas)


def _xml(text: str) -> str:
    return escape(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text))


@cache
def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB, made by Little CMS, which claims no copyright in it."""
    return Path(__file__).with_name("srgb.icc").read_bytes()
