"""Queries that try to make the server do much for little text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from services.common.pagination import encode_cursor
from tests.support.operations import SCHEMA

_MONEY: Final = "{ amount currency formatted }"
_LINE: Final = (
    f"{{ description quantity unitPrice {_MONEY} discount {_MONEY} amount {_MONEY}"
    f" netAmount {_MONEY} taxRate taxCategory taxName unit }}"
)
_FIELD_COUNT: Final = 640


def known_shapes(tokens: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each shape that was once expensive, or looks as if it could be.

    `tokens` opens `invoice` and `portal`, and `rich`, a portal of invoices with 1,000 lines each.
    """
    invoice, portal, rich = (f'(token: "{tokens[name]}")' for name in ("invoice", "portal", "rich"))
    for times in (3, 6, 10):
        yield f"introspection {times} by {times}", _introspection(times)
    yield "__schema by alias", _aliased(30, "__schema { types { fields { name description } } }")
    yield (
        "lines of a page",
        f"{{ portal{rich} {{ invoices(first: 100) {_below('lines', _LINE)} }} }}",
    )
    yield "lines of an invoice", f"{{ invoice{invoice} {{ lines {_LINE} }} }}"
    yield (
        "a page of invoices",
        f"{{ portal{portal} {{ invoices(first: 100) {_below('number')} }} }}",
    )
    yield "portals by alias", _aliased(30, f"portal{portal} {{ invoices {{ totalCount }} }}")
    yield (
        "pages by alias",
        _aliased(9, f"portal{portal} {{ invoices(first: 100) {{ totalCount }} }}"),
    )
    yield "look-ups", _lookups(portal)
    yield "notes by alias", f"{{ invoice{invoice} {_aliased(30, 'notes')} }}"
    yield "unknown fields", "{ " + " ".join(f"u{n}" for n in range(_FIELD_COUNT)) + " }"
    unknown = " ".join(f"amoun{n}" for n in range(_FIELD_COUNT))
    yield "unknown fields that look known", f"{{ invoice{invoice} {{ {unknown} }} }}"
    inputs = " ".join(f"unknown{n}: 1" for n in range(_FIELD_COUNT))
    yield "unknown inputs", f"mutation {{ createInvoice(input: {{ {inputs} }}) {{ __typename }} }}"
    yield from _validation(invoice)


def staff_shapes() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each shape of staff that loads something for each row."""
    few, many = "views(first: 1) { __typename }", "views(first: 20) { edges { node { id } } }"
    yield "views of a page", _page_of("invoices", few)
    yield "counted views of a page", _page_of("invoices", "views(first: 1) { totalCount }")
    yield "long pages of views of a page", _page_of("invoices", many)
    by_alias = " ".join(
        f'a{n}: views(first: 1, after: "{encode_cursor(1000 + n)}") {{ __typename }}'
        for n in range(5)
    )
    yield "views of a page by alias", _page_of("invoices", by_alias)
    for field in ("payments", "history", "credits", "creditNotes", "lines"):
        yield f"{field} of a page", _page_of("invoices", f"{field} {{ __typename }}")
    yield "actions of a page", _page_of("invoices", "allowedActions")
    for documents in ("invoices", "quotes", "creditNotes"):
        parties = "customer { id } business { name } billTo { name }"
        yield f"parties of {documents}", _page_of(documents, parties)
    yield "keys of users", _page_of("users", "keys { id }")


def _page_of(rows: str, selection: str) -> str:
    return f"{{ company {{ {rows}(first: 100) {_below(selection)} }} }}"


def _validation(invoice: str) -> Iterator[tuple[str, str]]:
    """Yield shapes that are expensive to validate."""
    wide = " ".join(SCHEMA.type_map["PublicInvoice"].fields)  # type: ignore[attr-defined]
    wide = wide.replace("lines", "").replace("taxes", "")
    names = [name for name in wide.split() if name not in _OBJECTS]
    fields = " ".join(names)
    inline = " ".join(f"... {{ {fields} }}" for _ in range(2))
    yield "inline fragments", f"{{ invoice{invoice} {{ {inline} }} }}"
    fragments = " ".join(f"fragment F{n} on PublicInvoice {{ {fields} }}" for n in range(20))
    spreads = " ".join(f"...F{n}" for n in range(20))
    yield (
        "wide fragments",
        f"{{ invoice{invoice} {{ {spreads} {spreads} {spreads} }} }} {fragments}",
    )
    chain = " ".join(
        f"fragment F{n} on PublicInvoice {{ {fields} ...F{n + 1} ...F{n + 2} ...F{n + 3} }}"
        for n in range(17)
    )
    ends = " ".join(f"fragment F{n} on PublicInvoice {{ {fields} }}" for n in (17, 18, 19))
    yield "fragments in fragments", f"{{ invoice{invoice} {{ ...F0 ...F1 }} }} {chain} {ends}"
    deep = "invoice(token: $t) { business { postalAddress { city } } }"
    variables = " ".join(f"$v{n}: String" for n in range(300))
    yield "variables", f"query($t: String!, {variables}) {{ {deep} }}"
    directives = " ".join("@skip(if: false)" for _ in range(280))
    yield "directives", f"{{ __typename {directives} }}"
    operations = " ".join(f"query Q{n} {{ invoice{invoice} {{ ...F0 }} }}" for n in range(10))
    yield "operations", f"{operations} {fragments}"
    values = "[" * 190 + "]" * 190
    yield "nested values", f"{{ invoice(token: {values}) {{ number }} }}"
    yield "arguments", "{ a: me(" + " ".join(f"a{n}: 1" for n in range(450)) + ") { name } }"


_OBJECTS: Final = frozenset(
    name
    for name, field in SCHEMA.type_map["PublicInvoice"].fields.items()  # type: ignore[attr-defined]
    if not is_leaf_type(get_named_type(field.type))
)


def _introspection(times: int) -> str:
    """Return introspection whose fragments multiply its aliases."""
    types = " ".join(f"a{n}: types {{ ...B }}" for n in range(times))
    fields = " ".join(f"b{n}: fields {{ ...C }}" for n in range(times))
    inner = " ".join(f"c{n}: type {{ kind name description }}" for n in range(min(times, 9)))
    return (
        f"{{ __schema {{ {types} }} }} fragment B on __Type {{ name {fields} }}"
        f" fragment C on __Field {{ name description isDeprecated {inner} }}"
    )


def _aliased(times: int, field: str) -> str:
    return "{ " + " ".join(f"a{n}: {field}" for n in range(times)) + " }"


def _below(field: str, selection: str = "") -> str:
    return f"{{ edges {{ node {{ {field} {selection} }} }} }}"


def _lookups(portal: str) -> str:
    portals = " ".join(f"a{n}: portal{portal} {{ ...F }}" for n in range(14))
    invoices = " ".join(f'b{n}: invoice(number: "{n}") {{ number }}' for n in range(15))
    return f"{{ {portals} }} fragment F on Portal {{ {invoices} }}"


# --- random queries -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """What a query selects of one type: leaves, and one object, `times` times."""

    type_name: str
    leaves: tuple[str, ...]
    field: str | None = None
    times: int = 1
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A query of fragments, one in the other, which multiply their aliases."""

    root: str
    times: int
    levels: tuple[Level, ...]

    def text(self) -> str:
        """Return the query."""
        roots = " ".join(f"r{n}: {self.root} {{ ...F0 }}" for n in range(self.times))
        fragments = [self._fragment(at, level) for at, level in enumerate(self.levels)]
        return f"{{ {roots} }} {' '.join(fragments)}"

    def _fragment(self, at: int, level: Level) -> str:
        selected = [*level.leaves] or ["__typename"]
        if level.field and at + 1 < len(self.levels):
            first = f"(first: {level.first})" if level.first else ""
            field = f"{level.field}{first} {{ ...F{at + 1} }}"
            selected += (
                [f"x{n}: {field}" for n in range(level.times)] if level.times > 1 else [field]
            )
        return f"fragment F{at} on {level.type_name} {{ {' '.join(selected)} }}"


def random_chain(random: Random, roots: Mapping[str, str]) -> Chain:
    """Return a random query. `roots` has the type that each root field returns."""
    root = random.choice([*roots])
    levels, type_ = [], _object(roots[root])
    for _ in range(random.randint(1, 6)):
        levels.append(_random_level(random, type_))
        if levels[-1].field is None:
            break
        type_ = _object(str(get_named_type(type_.fields[levels[-1].field].type)))
    return Chain(root=root, times=random.choice((1, 1, 2, 5)), levels=tuple(levels))


def mutated(random: Random, chain: Chain) -> Chain:
    """Return `chain` with a change somewhere."""
    if random.random() < 0.2:
        return replace(chain, times=max(1, chain.times + random.choice((-1, 1, 2))))
    at = random.randrange(len(chain.levels))
    level = chain.levels[at]
    again = _random_level(random, _object(level.type_name))
    changed = random.choice(
        (
            replace(level, times=max(1, level.times + random.choice((-2, -1, 1, 2, 4)))),
            replace(level, leaves=again.leaves),
            replace(level, first=level.first and random.randint(1, 100)),
        )
    )
    return replace(chain, levels=(*chain.levels[:at], changed, *chain.levels[at + 1 :]))


def _random_level(random: Random, type_: GraphQLObjectType) -> Level:
    fields = {name: field for name, field in type_.fields.items() if _is_selectable(field)}
    leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
    objects = [name for name, field in fields.items() if is_object_type(get_named_type(field.type))]
    field = random.choice(objects) if objects else None
    has_pages = field is not None and "first" in fields[field].args
    return Level(
        type_name=type_.name,
        leaves=tuple(random.sample(leaves, random.randint(0, len(leaves)))),
        field=field,
        times=random.choice((1, 1, 1, 2, 4, 8)),
        first=random.choice((1, 20, 100)) if has_pages else None,
    )


def _is_selectable(field: GraphQLField) -> bool:
    return not any(str(argument.type).endswith("!") for argument in field.args.values())


def _object(name: str) -> GraphQLObjectType:
    type_: GraphQLNamedType = SCHEMA.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return type_
