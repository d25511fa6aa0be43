"""No company can ever see or change another company's rows.

These tests walk the schema and the tables, so they cover operations and tables added later.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

import httpx
import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_required_argument
from tortoise.models import Model

from models import Checkout, Credential, CredentialKind
from tests.support.clients import Business, Caller, Fingerprint, create_business, fingerprint
from tests.support.operations import (
    ROOTS,
    SCHEMA,
    WITH_ID,
    Operation,
    Path,
    ids_of,
    leaves,
    make_operation,
    object_type,
    parts,
    refusals,
    shortest,
    whole,
)
from tests.support.rows import columns_of, fill, mark_of, snapshot, tables
from tests.support.staff import new_session

_FIGURES: Final = {"Money", "EmailsToday"}
"""Types that have figures only, so they show nothing of whose they are."""

_RELATED: Final = {
    "company",
    "customer",
    "invoice",
    "quote",
    "credit_note",
    "payment",
    "staff_user",
}
"""Tables whose rows could be looked up by the same id: documents, and what belongs to them."""

State: TypeAlias = dict[str, list[dict[str, Any]]]
"""All rows of companies by their table."""

Kind = tuple[str, str]
"""What a token opens: the table and column where it is stored."""


@dataclass(frozen=True)
class Tenant:
    """A company with a row in every table."""

    business: Business
    rows: Sequence[Model]

    @property
    def ids(self) -> list[str]:
        """The id of each row."""
        return [str(row.pk) for row in self.rows]

    @property
    def ids_of_related_tables(self) -> list[str]:
        """The id of one row of each table in `_RELATED`."""
        ids = {row._meta.db_table: str(row.pk) for row in self.rows}
        return [ids[table] for table in sorted(_RELATED)]

    @property
    def numbers(self) -> list[str]:
        """The number of each document."""
        return [number for row in self.rows if (number := getattr(row, "number", None))]

    @property
    def tokens(self) -> dict[Kind, list[str]]:
        """The tokens of the company's links."""
        tokens: dict[Kind, list[str]] = {}
        for row in self.rows:
            for column, value in columns_of(row).items():
                if column.endswith("token") and value is not None:
                    tokens.setdefault((row._meta.db_table, column), []).append(str(value))
        return tokens

    @property
    def session_ids(self) -> list[str]:
        """The ids of its Checkout sessions."""
        return [row.session_id or "" for row in self.rows if isinstance(row, Checkout)]

    @property
    def uuids(self) -> list[str]:
        """The ids that identify a row by themselves, unlike small numbers."""
        return [str(row.pk) for row in self.rows if isinstance(row.pk, UUID)]

    @property
    def secrets(self) -> list[str]:
        """What no other company may read: the mark in its texts, ids and tokens."""
        return [mark_of(self.business), *self.uuids, *chain.from_iterable(self.tokens.values())]

    def ids_named(self, name: str) -> list[str]:
        """Return the ids that fit an argument of this name: invoices' ids for `invoiceId`."""
        table = re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Id")).lower()
        ids = [str(row.pk) for row in self.rows if row._meta.db_table == table]
        return ids or self.ids


async def _tenant(http: httpx.AsyncClient) -> Tenant:
    """Return a company that calls with a session, which may do all that an API key may."""
    business = await create_business(http)
    rows = await fill(business)
    business.secret = await new_session(business)
    session = await Credential.get(company_id=business.company_id, kind=CredentialKind.SESSION)
    return Tenant(business, [*rows, session])


@pytest.fixture(scope="module")
async def ours(http: httpx.AsyncClient) -> Tenant:
    """Return the company that makes the requests."""
    return await _tenant(http)


@pytest.fixture(scope="module")
async def theirs(http: httpx.AsyncClient) -> Tenant:
    """Return the company whose rows must stay hidden and unchanged."""
    return await _tenant(http)


async def _state(*tenants: Tenant) -> State:
    return await snapshot(tenant.business.company_id for tenant in tenants)


@pytest.fixture(scope="module")
async def at_first(ours: Tenant, theirs: Tenant) -> State:
    """Return the rows of both companies, which none of these tests changes."""
    return await _state(ours, theirs)


_NOT_FOUND: Final = {"code": "NOT_FOUND", "detail": "Not found."}
"""What says that one of many rows is unknown."""


def _is_empty(data: object) -> bool:
    """Whether a response's data has only nulls, at any depth, and rows that are unknown."""
    if isinstance(data, list):
        return all(map(_is_empty, data))
    if isinstance(data, dict):
        is_unknown = data.items() >= _NOT_FOUND.items()
        rest = data.keys() - _NOT_FOUND.keys() if is_unknown else data.keys()
        return all(_is_empty(data[name]) for name in rest)
    return data is None


# --- the walk itself ----------------------------------------------------------------------------


async def test_a_company_has_a_row_in_every_table(theirs: Tenant) -> None:
    filled = {row._meta.db_table for row in theirs.rows}
    assert set(tables()) - filled == set(), "These tables need a row in tests/support/rows.py"
    named = {
        (table, column)
        for table, model in tables().items()
        for column in model._meta.db_fields
        if column.endswith("token")
    }
    assert named - theirs.tokens.keys() == set(), (
        "These tokens need to be set in tests/support/rows.py"
    )
    state = await _state(theirs)
    assert [table for table, rows in state.items() if not rows] == []


def test_the_walk_reaches_every_id() -> None:
    walked = {"Query", "Mutation", "Subscription", "Company"}
    elsewhere = [
        f"{type_name}.{name}"
        for type_name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and type_name not in walked
        for name, field in type_.fields.items()
        if any(ids_of(field))
    ]
    assert elsewhere == []


# --- ids ----------------------------------------------------------------------------------------


def _name_of(path: Path) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


def _tries(
    operation: Operation, ours: Tenant, theirs: Tenant
) -> Iterator[tuple[Mapping[Path, object], Sequence[str]]]:
    """Yield valid ids for the operation's other paths, with foreign ids to try at its own path.

    Foreign ids of related tables are tried once, with some of our own other ids, if there are any;
    with the rest of ours, and with theirs, only those that would fit. Where the name of the path
    doesn't say what would fit, all do.
    """
    fitting = theirs.ids_named(_name_of(operation.id_path))
    foreign: Sequence[str] = [*{*theirs.ids_of_related_tables, *fitting}]
    for owner in (ours, theirs) if operation.other_ids else (ours,):
        for ids in product(*(owner.ids_named(_name_of(path)) for path in operation.other_ids)):
            yield dict(zip(operation.other_ids, ids, strict=True)), foreign
            foreign = fitting


@pytest.mark.parametrize(
    "operation",
    # Signing in looks at no id before the password.
    [operation for operation in WITH_ID if operation.name != "signIn.input.companyId"],
    ids=lambda operation: operation.name,
)
async def test_other_companies_ids_look_unknown_and_change_nothing(
    ours: Tenant, theirs: Tenant, at_first: State, operation: Operation
) -> None:
    codes = set()
    for others, foreign in _tries(operation, ours, theirs):
        variables = operation.filled({**others, operation.id_path: str(uuid4())})
        unknown = await operation.answer(ours.business, variables)
        [refusal] = refusals(unknown)
        codes.add(refusal["code"])
        assert _is_empty(unknown.get("data"))
        for id_ in foreign:
            variables = operation.filled({**others, operation.id_path: id_})
            assert await operation.answer(ours.business, variables) == unknown
    # A value at another path may be refused before this id is looked up.
    assert codes == {"NOT_FOUND"} or (operation.other_ids and "NOT_FOUND" in codes)
    assert await _state(ours, theirs) == at_first


@pytest.mark.parametrize("plural", ["invoices", "quotes", "credit-notes"])
async def test_other_companies_pdfs_look_unknown(
    http: httpx.AsyncClient, ours: Tenant, theirs: Tenant, plural: str
) -> None:
    unknown, *foreign = [
        fingerprint(await http.get(f"/{plural}/{id_}.pdf", headers=ours.business.headers))
        for id_ in (str(uuid4()), *theirs.ids)
    ]
    assert unknown[0] == 404
    assert {answer[:2] for answer in foreign} == {unknown[:2]}


# --- tokens -------------------------------------------------------------------------------------


_SESSION: Final = "sessionId"


@dataclass(frozen=True)
class TokenOperation:
    """An operation whose only credential is a token, maybe with what it opens a part of."""

    operation: Operation
    token_path: Path
    number_path: Path | None = None
    """Where it takes the number of a document; None if it takes none."""

    @property
    def name(self) -> str:
        """The operation's name, and whether it takes a number with the token."""
        return self.operation.name + (" with a number" if self.number_path else "")

    def parts(self, tenant: Tenant) -> list[tuple[str, str]]:
        """Return the numbers and session ids of `tenant` that it can be tried with."""
        numbers = tenant.numbers if self.number_path else [""]
        takes_session = _SESSION in self.operation.variables
        return [*product(numbers, tenant.session_ids if takes_session else [""])]

    async def fingerprint(
        self, token: str, part: tuple[str, str], http: httpx.AsyncClient
    ) -> Fingerprint:
        """Return the fingerprint of the response to a new stranger."""
        number, session_id = part
        values: dict[Path, object] = {self.token_path: token}
        if self.number_path:
            values[self.number_path] = number
        if _SESSION in self.operation.variables:
            values[_SESSION,] = session_id
        answer = await self.operation.post(Caller(http), self.operation.filled(values))
        return fingerprint(answer)


def _says_not_found(answer: Fingerprint) -> bool:
    """Whether the response says this and nothing else."""
    [error] = json.loads(answer[1])["errors"]
    return bool(error["message"] == "Not found." and error["extensions"] == {"code": "NOT_FOUND"})


def _strings(field: GraphQLField, name: str) -> list[Path]:
    return [path for path, kind in leaves(field) if (path[-1], kind) == (name, "String")]


def _with_token(kind: str, name: str, field: GraphQLField) -> Iterator[TokenOperation]:
    for token in _strings(field, "token"):
        alone = make_operation(kind, name, field, wanted=[token])
        numbers = [path for path, _ in leaves(field) if "number" in path or "numbers" in path]
        if not any(alone.has(number) for number in numbers):
            yield TokenOperation(alone, token)
        for number in numbers:
            operation = make_operation(kind, name, field, wanted=[token, number])
            yield TokenOperation(operation, token, number)
    if "token" in field.args:
        yield from _with_number_below(kind, name, field)


def _with_number_below(kind: str, name: str, field: GraphQLField) -> Iterator[TokenOperation]:
    """Yield the fields below the token's field that take a number, such as a portal's invoice."""
    type_ = get_named_type(field.type)
    for inner_name, inner in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
        if "number" in inner.args:
            call = f"{inner_name}(number: $number) {shortest(get_named_type(inner.type))}"
            query = f"{kind} Walk($token: String!, $number: String!)"
            query += f" {{ {name}(token: $token) {{ {call} }} }}"
            operation = Operation(f"{name}.{inner_name}", inner, query, {})
            yield TokenOperation(operation, ("token",), ("number",))


WITH_TOKEN: Final = [operation for root in ROOTS for operation in _with_token(*root)]


_KINDS: Final = {"askQuestion": 3}
"""The operations that tokens of several kinds open, with how many these are."""


@pytest.mark.parametrize("operation", WITH_TOKEN, ids=lambda operation: operation.name)
async def test_a_token_opens_one_kind_of_document_only(
    http: httpx.AsyncClient,
    ours: Tenant,
    theirs: Tenant,
    at_first: State,
    operation: TokenOperation,
) -> None:
    third = await _tenant(http)  # its rows may change
    unknown = await operation.fingerprint(str(uuid4()), operation.parts(third)[0], http)
    assert _says_not_found(unknown)
    opened = {
        kind
        for kind, tokens in third.tokens.items()
        for token, part in product(tokens, operation.parts(third))
        if await operation.fingerprint(token, part, http) != unknown
    }
    kinds = _KINDS.get(operation.name, 1)
    assert len(opened) == kinds, "Tokens of more or fewer kinds than allowed open something here."
    wrong = chain.from_iterable(theirs.tokens[kind] for kind in theirs.tokens.keys() - opened)
    for token in (*theirs.ids, *wrong):
        assert await operation.fingerprint(token, operation.parts(theirs)[0], http) == unknown
    assert await _state(ours, theirs) == at_first


@pytest.mark.parametrize(
    "operation",
    [operation for operation in WITH_TOKEN if operation.number_path],
    ids=lambda operation: operation.name,
)
async def test_other_companies_numbers_look_unknown(
    http: httpx.AsyncClient,
    ours: Tenant,
    theirs: Tenant,
    at_first: State,
    operation: TokenOperation,
) -> None:
    for token in chain.from_iterable(ours.tokens.values()):
        unknown = await operation.fingerprint(token, ("INV-0", "cs_0"), http)
        assert _says_not_found(unknown)
        for part in operation.parts(theirs):
            assert await operation.fingerprint(token, part, http) == unknown
    assert await _state(ours, theirs) == at_first


# --- what is read -------------------------------------------------------------------------------


_DEPTHS: Final = {"overview": 4}
"""Of queries that would be too long if they were as deep as the others."""


def _reads() -> Iterator[Operation]:
    """Yield queries of everything that staff can read, with three rows of each list."""
    for name, field in object_type("Company").fields.items():
        type_ = get_named_type(field.type)
        is_page = "first" in field.args
        is_document = any(map(is_required_argument, field.args.values()))
        depth, count = (4, 4) if is_page else (3, 4) if is_document else (_DEPTHS.get(name, 5), 1)
        for selection in parts(type_, rows=3, depth=depth, count=count):
            yield make_operation("query", name, field, prefix="company.", selection=selection)
    for kind, name, field in ROOTS:
        if kind == "query" and not field.args and name != "company":
            selection = whole(get_named_type(field.type), rows=3, depth=5)
            yield make_operation(kind, name, field, selection=selection)


def _own_variables(read: Operation, tenant: Tenant) -> Iterator[dict[str, Any]]:
    """Yield variables for each of the company's ids that fit; empty ones if the query has none."""
    if not read.variables:
        yield {}
    arguments = list(ids_of(read.field))
    named = [name for *_, name in arguments if name != "id"]
    about = str(named[0]) if named else read.name.removeprefix("company.")
    for id_ in tenant.ids_named(about) if read.variables else ():
        yield read.filled(dict.fromkeys(arguments, id_))


async def test_a_company_reads_only_its_own_rows(http: httpx.AsyncClient) -> None:
    ours, theirs = await _tenant(http), await _tenant(http)  # new ones: no other row is newer
    shown = defaultdict[str, bool](bool)
    for read in _reads():
        for variables in _own_variables(read, ours):
            answer = (await read.post(ours.business, variables)).text
            assert '"errors"' not in answer, (read.name, answer)
            assert [secret for secret in theirs.secrets if secret in answer] == []
            named = get_named_type(read.field.type)
            if isinstance(named, GraphQLObjectType) and named.name not in _FIGURES:
                shown[read.name] |= any(secret in answer for secret in ours.secrets)
    assert [name for name, is_ours in shown.items() if not is_ours] == []


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for kind, name, field in ROOTS if kind == "query" and "token" in field.args],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_public_documents_have_no_ids_and_nothing_of_other_companies(
    ours: Tenant, theirs: Tenant, name: str, field: GraphQLField
) -> None:
    selection = whole(get_named_type(field.type), rows=3, depth=4)
    read = make_operation("query", name, field, selection=selection)
    opened = []
    sessions = ours.session_ids if _SESSION in field.args else [""]
    for token, session_id in product(chain.from_iterable(ours.tokens.values()), sessions):
        variables = {"token": token, _SESSION: session_id}
        answer = (await read.post(ours.business.stranger, variables)).text
        secrets = {*theirs.secrets, *ours.secrets} - {token, mark_of(ours.business)}
        assert [secret for secret in secrets if secret in answer] == []
        opened += ['"errors"' not in answer]
    assert any(opened)
