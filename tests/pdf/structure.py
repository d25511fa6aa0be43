"""What a screen reader reads aloud: the structure of a file, in reading order.

`python -m tests.pdf.structure FILE` prints it.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pikepdf

_ENTRY: Final = re.compile(rb"<([0-9A-F]+)> <([0-9A-F]+)>")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A structure element, and what is read for its own content."""

    depth: int
    tag: str
    text: str


def spoken(file: bytes) -> list[Spoken]:
    """Return the elements of a file in reading order."""
    with pikepdf.open(BytesIO(file)) as opened:
        texts = {page.objgen: _marked_texts(page) for page in opened.pages}
        return list(_elements(opened.Root.StructTreeRoot.K, texts, 0))


def _elements(element: Any, texts: dict[Any, dict[int, str]], depth: int) -> Iterator[Spoken]:
    children = element.get("/K", [])
    children = list(children) if isinstance(children, pikepdf.Array) else [children]
    text = "".join(
        texts[child.Pg.objgen][int(child.MCID)]
        if isinstance(child, pikepdf.Dictionary)
        else texts[element.Pg.objgen][int(child)]
        for child in children
        if isinstance(child, int) or "/MCID" in child
    )
    for key in ("/ActualText", "/Alt"):
        text = str(element.get(key, text))
    yield Spoken(depth, str(element.S).removeprefix("/"), text.strip())
    for child in children:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield from _elements(child, texts, depth + 1)


def _marked_texts(page: Any) -> dict[int, str]:
    """Return the text of each marked content of a page."""
    maps = {
        name: {code: _text(value) for code, value in _ENTRY.findall(font.ToUnicode.read_bytes())}
        for name, font in page.Resources.Font.items()
    }
    texts, mark, chars = dict[int, str](), -1, dict[bytes, str]()
    instruction: Any
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction
        match str(operator):
            case "BDC":
                mark = int(operands[1].MCID)
                texts[mark] = ""
            case "EMC":
                mark = -1
            case "Tf":
                chars = maps[str(operands[0])]
            case "Tj" | "TJ" if mark >= 0:
                strings = operands[0] if str(operator) == "TJ" else operands
                codes = "".join(
                    bytes(each).hex() for each in strings if isinstance(each, pikepdf.String)
                )
                codes = codes.upper()
                texts[mark] += "".join(
                    chars[codes[at : at + 4].encode()] for at in range(0, len(codes), 4)
                )
    return texts


def _text(code: bytes) -> str:
    return bytes.fromhex(code.decode()).decode("utf-16-be")


if __name__ == "__main__":
    for each in spoken(Path(sys.argv[1]).read_bytes()):
        text = f": {each.text}" if each.text else ""
        sys.stdout.write(f"{'  ' * each.depth}{each.tag}{text}\n")
