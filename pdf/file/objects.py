"""The objects of a PDF file, written with borb's visitors.

Callers register the objects that others refer to. borb's own writer searches for them, and copies
everything written so far for each object, so its time grows with the square of their number.
It has no object streams (ISO 32000-1, 7.5.7) either, without which tags would double a file.
"""

import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from borb.pdf.primitives import hexstr, name, reference, stream
from borb.pdf.visitor.write_new.bool_visitor import BoolVisitor
from borb.pdf.visitor.write_new.dict_visitor import DictVisitor
from borb.pdf.visitor.write_new.facade_visitor import FacadeVisitor
from borb.pdf.visitor.write_new.float_visitor import FloatVisitor
from borb.pdf.visitor.write_new.hex_str_visitor import HexStrVisitor
from borb.pdf.visitor.write_new.int_visitor import IntVisitor
from borb.pdf.visitor.write_new.list_visitor import ListVisitor
from borb.pdf.visitor.write_new.reference_visitor import ReferenceVisitor
from borb.pdf.visitor.write_new.str_visitor import StrVisitor
from borb.pdf.visitor.write_new.stream_visitor import StreamVisitor
from borb.pdf.visitor.write_new.write_new_visitor import WriteNewVisitor

T = TypeVar("T")

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_MAX_IN_STREAM: Final = 1_000
"""Objects in one object stream, which readers unpack as a whole."""
_PACKING_LEVEL: Final = 4
"""Takes less than half of the default level's time, for a twentieth more bytes."""
_FREE: Final = (0, 0, 65_535)
_ENTRY: Final = struct.Struct(">BIH")
"""An entry of the cross-reference stream: type, offset or stream, and index (7.5.8.3)."""


def deflated(content: bytes, entries: Mapping[str, object] = MappingProxyType({})) -> stream:
    """Return a stream of content that is already deflated."""
    packed = stream()
    packed.update(entries, Bytes=content, Filter=name("FlateDecode"))
    return packed


def text_string(text: str) -> hexstr:
    """Return a text string object (ISO 32000-1, 7.9.2.2)."""
    return hexstr("FEFF" + text.encode("utf-16-be").hex().upper())


class Verbatim(str):
    """Content that is written unchanged."""

    __slots__ = ()


class _VerbatimVisitor(WriteNewVisitor):  # type: ignore[misc]  # borb has no types
    def visit(self, node: object) -> bool:
        if not isinstance(node, Verbatim):
            return False
        self._append_bytes_or_str(str(node))
        return True


class ObjectWriter(FacadeVisitor):  # type: ignore[misc]  # borb has no types
    """Collects a file's objects, and writes them."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()
        self._objects: list[Any] = []
        self._references: dict[int, reference] = {}
        self._visitors: dict[type, WriteNewVisitor] = {
            Verbatim: _VerbatimVisitor(root=self),
            hexstr: HexStrVisitor(root=self),
            name: StrVisitor(root=self),
            str: StrVisitor(root=self),
            reference: ReferenceVisitor(root=self),
            bool: BoolVisitor(root=self),
            int: IntVisitor(root=self),
            float: FloatVisitor(root=self),
            dict: DictVisitor(root=self),
            list: ListVisitor(root=self),
            stream: StreamVisitor(root=self),
        }

    def add(self, node: T) -> T:
        """Register an object that others refer to, and return it."""
        self._references[id(node)] = reference(self.reserve(), 0, referenced_object=node)
        self._objects[-1] = node
        return node

    def reserve(self) -> int:
        """Return the number of an object that `put` says later."""
        self._objects.append(None)
        return len(self._objects)

    def put(self, number: int, content: str) -> None:
        """Say what is written for the object of a reserved number."""
        self._objects[number - 1] = content.encode()

    def number(self, node: object) -> int:
        """Return the number of an object that was added."""
        number: int = self._references[id(node)].get_object_nr()
        return number

    def write(self, *, root: dict[str, Any], info: dict[str, Any], file_id: str) -> bytes:
        """Return the bytes of the file with all registered objects."""
        self._written += _HEADER
        entries = [_FREE, *[_FREE] * len(self._objects)]
        packed = []
        for number, node in enumerate(self._objects, 1):
            # The dates in it would be packed to a length that depends on them.
            if isinstance(node, stream) or node is info:
                entries[number] = self._write_object(number, node)
            else:
                packed.append(number)
        for start in range(0, len(packed), _MAX_IN_STREAM):
            entries.append(_FREE)
            numbers = packed[start : start + _MAX_IN_STREAM]
            holder = len(entries) - 1
            entries[holder] = self._write_object(holder, self._object_stream(numbers))
            for index, number in enumerate(numbers):
                entries[number] = (2, holder, index)
        self._write_references(entries, root=root, info=info, file_id=file_id)
        return bytes(self._written)

    def _write_object(self, number: int, node: object) -> tuple[int, int, int]:
        offset = len(self._written)
        self._written += b"%d 0 obj\n" % number
        self.visit(node)
        self._written += b"\nendobj\n"
        return (1, offset, 0)

    def _object_stream(self, numbers: list[int]) -> stream:
        file, self._written = self._written, bytearray()
        offsets = []
        for number in numbers:
            offsets.append(f"{number} {len(self._written)}")
            node = self._objects[number - 1]
            if isinstance(node, bytes):
                self._written += node
            else:
                self.visit(node)
            self._written += b"\n"
        content, self._written = self._written, file
        index = f"{' '.join(offsets)}\n".encode()
        entries = {"Type": name("ObjStm"), "N": len(numbers), "First": len(index)}
        return deflated(zlib.compress(index + content, _PACKING_LEVEL), entries)

    def _write_references(
        self,
        entries: list[tuple[int, int, int]],
        *,
        root: dict[str, Any],
        info: dict[str, Any],
        file_id: str,
    ) -> None:
        """Write the cross-reference stream (7.5.8)."""
        start, number = len(self._written), len(entries)
        table = b"".join(_ENTRY.pack(*entry) for entry in (*entries, (1, start, 0)))
        trailer = {
            "Type": name("XRef"),
            "Size": number + 1,
            "W": [1, 4, 2],
            "Root": root,
            "Info": info,
            "ID": [hexstr(file_id), hexstr(file_id)],
        }
        self._write_object(number, deflated(zlib.compress(table, level=1), trailer))
        self._written += b"startxref\n%d\n%%%%EOF\n" % start

    def visit(self, node: object) -> bool:
        """Write an object (called by borb, as are the methods below)."""
        written: bool = self._visitors[type(node)].visit(node)
        return written

    def get_reference(self, node: object) -> object:
        """Return the reference to an object that was added, and any other as it is."""
        return self._references.get(id(node), node)

    def _append_bytes(self, b: bytes) -> "ObjectWriter":
        self._written += b
        return self

    def bytes(self) -> bytearray:
        """Return what is written."""
        return self._written

    def tell(self) -> int:
        """Return the length of what is written."""
        return len(self._written)
