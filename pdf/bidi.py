"""Text direction: the Unicode Bidirectional Algorithm (UAX #9).

python-bidi implements all rules except the one for paired brackets (N0), which is here. Text has
no embeddings, overrides or isolates, since `cleaning.clean` removes them.
"""

from typing import Any, Final
from unicodedata import bidirectional, category

from bidi.algorithm import (
    explicit_embed_and_overrides,
    get_embedding_levels,
    get_empty_storage,
    resolve_implicit_levels,
    resolve_neutral_types,
    resolve_weak_types,
)
from bidi.mirror import MIRRORED

_MAX_OPEN_BRACKETS: Final = 63
"""Brackets that are open at the same time (BD16)."""


def is_rtl(text: str, *, otherwise: bool) -> bool:
    """Return whether the first letter is right-to-left (P2, P3); `otherwise` without letters."""
    for char in text:
        kind = bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return otherwise


def embedding_levels(text: str, *, rtl: bool) -> list[int]:
    """Return the embedding level of each character of a line; odd levels are right-to-left.

    `rtl` is the direction of the line's paragraph.
    """
    # Characters that Python's tables don't know yet count as letters.
    known = "".join(char if bidirectional(char) else "A" for char in text)
    storage = get_empty_storage()
    storage["base_level"], storage["base_dir"] = int(rtl), "R" if rtl else "L"
    get_embedding_levels(known, storage)
    explicit_embed_and_overrides(storage)
    resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], storage["base_dir"])
    resolve_neutral_types(storage, debug=False)
    resolve_implicit_levels(storage, debug=False)
    resolved = iter(storage["chars"])
    levels: list[int] = []
    for char in known:
        if bidirectional(char) == "BN":  # removed by rule X9, so it stays with its neighbour
            levels.append(levels[-1] if levels else int(rtl))
        else:
            levels.append(next(resolved)["level"])
    return levels


def _resolve_brackets(chars: list[dict[str, Any]], base: str) -> None:
    """Give both brackets of a pair the same direction (N0)."""
    kinds = ["R" if char["type"] in ("R", "EN", "AN") else char["type"] for char in chars]
    for start, end in _bracket_pairs([char["ch"] for char in chars], kinds):
        inside = {kind for kind in kinds[start + 1 : end] if kind in ("L", "R")}
        if not inside:
            continue
        direction = base
        if base not in inside:
            before = (kind for kind in reversed(kinds[:start]) if kind in ("L", "R"))
            direction = next(before, base)
        for at in (start, end):
            kinds[at] = chars[at]["type"] = direction


def _bracket_pairs(chars: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    """Return the positions of bracket pairs, in the order in which they open (BD16)."""
    pairs, opened = [], list[tuple[str, int]]()
    for at, char in enumerate(chars):
        if kinds[at] != "ON":
            continue
        if category(char) == "Ps" and char in MIRRORED:
            if len(opened) == _MAX_OPEN_BRACKETS:
                break
            opened.append((MIRRORED[char], at))
        elif category(char) == "Pe":
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == char:
                    pairs.append((opened[depth][1], at))
                    del opened[depth:]
                    break
    return sorted(pairs)


def visual_order(levels: list[int]) -> list[int]:
    """Return the indexes of runs from left to right, given their levels (L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = reversed(order[at:end])
            at = max(end, at + 1)
    return order
