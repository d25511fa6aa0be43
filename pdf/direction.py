"""In which direction text runs: the Unicode Bidirectional Algorithm (UAX #9)."""

from unicodedata import bidirectional

from bidi.algorithm import (
    explicit_embed_and_overrides,
    get_embedding_levels,
    get_empty_storage,
    resolve_implicit_levels,
    resolve_neutral_types,
    resolve_weak_types,
)


def runs_leftwards(text: str, *, otherwise: bool) -> bool:
    """Return what the first letter tells (P2, P3), or `otherwise` where there is none."""
    for char in text:
        kind = bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return otherwise


def levels_of(text: str, *, rtl: bool) -> list[int]:
    """Return the embedding level of each character of a line: odd ones run leftwards.

    `rtl` is the direction of the paragraph that the line is of.
    """
    # What Python's tables don't know yet counts as a letter.
    known = "".join(char if bidirectional(char) else "A" for char in text)
    storage = get_empty_storage()
    storage["base_level"], storage["base_dir"] = int(rtl), "R" if rtl else "L"
    get_embedding_levels(known, storage)
    explicit_embed_and_overrides(storage)
    resolve_weak_types(storage)
    resolve_neutral_types(storage, debug=False)
    resolve_implicit_levels(storage, debug=False)
    resolved = iter(storage["chars"])
    levels: list[int] = []
    for char in known:
        if bidirectional(char) == "BN":  # taken out by the rules (X9): it stays with its neighbour
            levels.append(levels[-1] if levels else int(rtl))
        else:
            levels.append(next(resolved)["level"])
    return levels


def visual_order(levels: list[int]) -> list[int]:
    """Return the places of runs from left to right, given their levels (L2)."""
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
