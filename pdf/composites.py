"""Glyphs made of others, added to a TrueType font (OpenType specification, "glyf")."""

import struct
from array import array
from collections.abc import Sequence
from sys import byteorder
from typing import Final, NamedTuple

_DIRECTORY: Final = struct.Struct(">4sHHHH")
_RECORD: Final = struct.Struct(">4sIII")
_BOX: Final = struct.Struct(">4h")
_COMPONENT: Final = struct.Struct(">HHhh")
_OFFSETS_ARE_WORDS: Final = 0x0001
_ARE_OFFSETS: Final = 0x0002
_MORE_FOLLOW: Final = 0x0020
_ALIGNMENT: Final = 4
_MAX_16: Final = 0xFFFF
_MAX_OFFSET: Final = 0x7FFF
_CHECKSUM: Final = 0xB1B0AFBA
"""What the whole file adds up to (OpenType specification, "head")."""


class Part(NamedTuple):
    """A glyph that is part of another one, moved by `x` and `y` font units."""

    glyph: int
    x: int
    y: int


class Composite(NamedTuple):
    """A glyph made of others; its advance is in font units."""

    parts: tuple[Part, ...]
    advance: int


def add_composites(program: bytes, composites: Sequence[Composite]) -> tuple[bytes, int]:
    """Return a font with `composites` after its last glyph, and the number of the first of them."""
    tables = _tables(program)
    head, hhea, maxp = (bytearray(tables[tag]) for tag in (b"head", b"hhea", b"maxp"))
    (has_long_offsets,) = struct.unpack_from(">h", head, 50)
    (count,) = struct.unpack_from(">H", maxp, 4)
    offsets = _numbers(tables[b"loca"], "I" if has_long_offsets else "H")
    if not has_long_offsets:
        offsets = array("I", [2 * offset for offset in offsets])
    glyphs = bytearray(tables[b"glyf"][: offsets[count]])
    metrics = bytearray(_metrics(tables[b"hmtx"], hhea))
    for parts, advance in composites:
        drawn = [part for part in parts if offsets[part.glyph] < offsets[part.glyph + 1]]
        outline = _outline(drawn, glyphs, offsets) if drawn else b""
        (left,) = struct.unpack_from(">2xh", outline) if outline else (0,)
        glyphs += outline + bytes(-len(outline) % _ALIGNMENT)
        offsets.append(len(glyphs))
        metrics += struct.pack(">Hh", min(advance, _MAX_16), left)
    struct.pack_into(">h", head, 50, 1)
    struct.pack_into(">H", hhea, 34, count + len(composites))
    struct.pack_into(">H", maxp, 4, count + len(composites))
    _raise_limits(maxp, max(len(each.parts) for each in composites))
    changed = {b"head": head, b"hhea": hhea, b"maxp": maxp, b"glyf": glyphs, b"hmtx": metrics}
    tables |= {tag: bytes(table) for tag, table in changed.items()}
    return _file({**tables, b"loca": _big_endian(offsets)}), count


def _tables(program: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", program, 4)
    records = [
        _RECORD.unpack_from(program, _DIRECTORY.size + at * _RECORD.size) for at in range(count)
    ]
    return {tag: program[offset : offset + length] for tag, _, offset, length in records}


def _numbers(table: bytes, kind: str) -> "array[int]":
    numbers = array(kind, table)
    if byteorder == "little":
        numbers.byteswap()
    return numbers


def _big_endian(numbers: "array[int]") -> bytes:
    return _numbers(numbers.tobytes(), numbers.typecode).tobytes()


def _metrics(table: bytes, hhea: bytearray) -> bytes:
    """Return the advance and left side bearing of every glyph; fonts leave out equal advances."""
    (full,) = struct.unpack_from(">H", hhea, 34)
    bearings, last = table[4 * full :], table[4 * full - 4 : 4 * full - 2]
    rest = (last + bearings[at : at + 2] for at in range(0, len(bearings), 2))
    return table[: 4 * full] + b"".join(rest)


def _outline(parts: Sequence[Part], glyphs: bytearray, offsets: Sequence[int]) -> bytes:
    boxes = []
    for part in parts:
        x_min, y_min, x_max, y_max = _BOX.unpack_from(glyphs, offsets[part.glyph] + 2)
        boxes.append((x_min + part.x, y_min + part.y, -x_max - part.x, -y_max - part.y))
    left, bottom, right, top = map(min, zip(*boxes, strict=True))
    box = _BOX.pack(*map(_fitting, (left, bottom, -right, -top)))
    flags = [_OFFSETS_ARE_WORDS | _ARE_OFFSETS | _MORE_FOLLOW] * len(parts)
    flags[-1] &= ~_MORE_FOLLOW
    components = (
        _COMPONENT.pack(flag, part.glyph, _fitting(part.x), _fitting(part.y))
        for flag, part in zip(flags, parts, strict=True)
    )
    return struct.pack(">h", -1) + box + b"".join(components)


def _fitting(offset: int) -> int:
    """Return the nearest offset that a font can have."""
    return max(-_MAX_OFFSET, min(offset, _MAX_OFFSET))


def _raise_limits(maxp: bytearray, parts: int) -> None:
    """Let the font's limits allow glyphs of so many parts (OpenType specification, "maxp")."""
    points, contours, deep_points, deep_contours = struct.unpack_from(">4H", maxp, 6)
    many = (max(points, deep_points) * parts, max(contours, deep_contours) * parts)
    struct.pack_into(">2H", maxp, 10, *(min(each, _MAX_16) for each in many))
    elements, depth = struct.unpack_from(">2H", maxp, 28)
    struct.pack_into(">2H", maxp, 28, min(max(elements, parts), _MAX_16), depth + 1)


def _file(tables: dict[bytes, bytes]) -> bytes:
    """Return the file of a font's tables (OpenType specification, "Font Tables")."""
    exponent = len(tables).bit_length() - 1
    search_range = 16 << exponent
    directory = _DIRECTORY.pack(
        b"\0\1\0\0", len(tables), search_range, exponent, 16 * len(tables) - search_range
    )
    tables = {**tables, b"head": tables[b"head"][:8] + bytes(4) + tables[b"head"][12:]}
    offset = len(directory) + _RECORD.size * len(tables)
    records, contents = directory, b""
    for tag, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % _ALIGNMENT)
        records += _RECORD.pack(tag, _checksum(padded), offset + len(contents), len(table))
        contents += padded
    file = bytearray(records + contents)
    head = offset + contents.index(tables[b"head"])
    struct.pack_into(">I", file, head + 8, (_CHECKSUM - _checksum(file)) % (1 << 32))
    return bytes(file)


def _checksum(content: bytes | bytearray) -> int:
    return sum(_numbers(bytes(content), "I")) % (1 << 32)
