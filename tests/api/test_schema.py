"""The schema: descriptions, permissions, the exported file, and compatibility with the contract."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_scalar_type,
    is_specified_scalar_type,
)

from api.schema import make_schema
from auth.permissions import Permission
from dev.breaking_changes import breaking_changes, read_accepted
from tests.support import servers
from tests.support.operations import SCHEMA, object_type, permissions_of

ROOT: Final = Path(__file__).parents[2]
PUBLIC: Final = {
    "Query.invoice",
    "Query.portal",
    "Query.preferences",
    "Query.quote",
    "Query.creditNote",
    "Query.checkoutStatus",
    "Mutation.signIn",
    "Mutation.choosePassword",
    "Mutation.requestPasswordReset",
    "Mutation.recordView",
    "Mutation.checkout",
    "Mutation.checkoutSeveral",
    "Mutation.useCredit",
    "Mutation.answerQuote",
    "Mutation.askQuestion",
    "Mutation.reportRead",
    "Mutation.updatePreferences",
}
"""The fields that need no credential: a token or a password in their arguments is enough."""


def _descriptions() -> Iterator[tuple[str, str | None]]:
    """Yield everything that has a name in the schema, with its description."""
    for type_name, type_ in SCHEMA.type_map.items():
        if type_name.startswith("__") or is_specified_scalar_type(type_):
            continue
        yield type_name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for value_name, value in type_.values.items():
                yield f"{type_name}.{value_name}", value.description
        if isinstance(type_, GraphQLInputObjectType):
            for input_name, input_field in type_.fields.items():
                yield f"{type_name}.{input_name}", input_field.description
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                yield f"{type_name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{type_name}.{name}({argument_name}:)", argument.description


def test_everything_is_described() -> None:
    described = dict(_descriptions())
    assert len(described) > 200
    assert [name for name, text in described.items() if not text] == []
    assert [name for name, text in described.items() if text == "See the description."] == []


def test_the_schema_and_its_scalars_say_what_they_are() -> None:
    exported = build_schema(make_schema().as_str())
    assert exported.description == SCHEMA.description
    assert "extensions.code" in (SCHEMA.description or "")
    scalars = [type_ for type_ in exported.type_map.values() if is_scalar_type(type_)]
    own = {
        type_.name: type_.specified_by_url
        for type_ in scalars
        if not is_specified_scalar_type(type_)
    }
    assert own == {
        "Date": "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "DateTime": "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "Decimal": "https://www.w3.org/TR/xmlschema11-2/#decimal",
    }


def test_every_field_that_is_not_public_requires_a_credential() -> None:
    open_fields = {
        f"{root}.{name}"
        for root in ("Query", "Mutation", "Subscription")
        for name, field in object_type(root).fields.items()
        if permissions_of(field) is None
    }
    assert open_fields == PUBLIC


def test_every_mutation_of_documents_requires_a_permission() -> None:
    without = {
        name for name, field in object_type("Mutation").fields.items() if not permissions_of(field)
    }
    assert without == {
        *("signIn", "signOut", "choosePassword", "changePassword", "confirmPassword"),
        *("requestPasswordReset", "endSession", "endOtherSessions", "setUpSecondFactor"),
        "updateAccount",
        *("confirmSecondFactor", "removeSecondFactor", "replaceRecoveryCodes"),
        *("recordView", "checkout", "updatePreferences", "answerQuote"),
        *("askQuestion", "reportRead", "checkoutSeveral", "useCredit"),
    }


def test_new_mutations_answer_with_an_object() -> None:
    released = build_schema((ROOT / "schema" / "released.graphql").read_text(encoding="utf-8"))
    known = cast("GraphQLObjectType", released.type_map["Mutation"]).fields
    others = {
        name
        for name, field in object_type("Mutation").fields.items()
        if name not in known and not str(field.type).endswith("Payload!")
    }
    assert others == set()


def test_arguments_with_a_default_accept_null() -> None:
    arguments = [
        (f"{type_name}.{name}({argument_name}:)", argument)
        for type_name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not type_name.startswith("__")
        for name, field in type_.fields.items()
        for argument_name, argument in field.args.items()
    ]
    inputs = [
        (f"{type_name}.{name}", field)
        for type_name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLInputObjectType)
        for name, field in type_.fields.items()
    ]
    not_null = [
        where
        for where, given in (*arguments, *inputs)
        if isinstance(given.type, GraphQLNonNull) and given.default_value is not Undefined
    ]
    assert not_null == []


# --- the permission matrix ----------------------------------------------------------------------


def _matrix() -> Iterator[str]:
    """Yield the lines of the table in schema/README.md."""
    yield f"| field | public | signed in | {' | '.join(Permission)} |"
    yield "| --- " * (3 + len(Permission)) + "|"
    for type_name in ("Query", "Mutation", "Subscription", "Company", "Invoice"):
        for name, field in object_type(type_name).fields.items():
            required = permissions_of(field)
            if type_name == "Invoice" and not required:
                continue
            public = f"{type_name}.{name}" in PUBLIC
            cells = [public, not public, *(each in (required or ()) for each in Permission)]
            marks = " | ".join("✓" if cell else " " for cell in cells)
            yield f"| `{type_name}.{name}` | {marks} |"


def test_the_readme_has_the_permission_matrix() -> None:
    lines = (ROOT / "schema/README.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table == list(_matrix()), "\n".join(["Put this into schema/README.md:", *_matrix()])


# --- the exported schema ------------------------------------------------------------------------


def test_the_exported_schema_is_up_to_date() -> None:
    exported = (ROOT / "schema/schema.graphql").read_text(encoding="utf-8")
    assert exported == make_schema().as_str() + "\n", "Run: make schema"


def test_the_command_prints_the_export() -> None:
    printed = servers.invotify({}, "schema")
    assert printed == (ROOT / "schema/schema.graphql").read_text(encoding="utf-8")


def test_the_contract_is_kept() -> None:
    contract = build_schema((ROOT / "tests/api/contract.graphql").read_text(encoding="utf-8"))
    assert list(breaking_changes(contract, SCHEMA)) == []


def test_the_released_schema_changes_only_as_accepted() -> None:
    released = build_schema((ROOT / "schema/released.graphql").read_text(encoding="utf-8"))
    accepted = read_accepted(ROOT / "schema/accepted_changes.txt")
    assert set(breaking_changes(released, SCHEMA)) == accepted


def _signatures(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Yield each field, argument and input field with its type, and its default unless null."""
    for type_name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLInputObjectType) and not type_name.startswith("__"):
            for name, input_field in type_.fields.items():
                yield f"{type_name}.{name}", _signature(input_field)
        if isinstance(type_, GraphQLObjectType) and not type_name.startswith("__"):
            for name, field in type_.fields.items():
                yield f"{type_name}.{name}", str(field.type)
                for argument_name, argument in field.args.items():
                    yield f"{type_name}.{name}({argument_name}:)", _signature(argument)


def _signature(given: GraphQLArgument | GraphQLInputField) -> str:
    is_null = given.default_value is Undefined or given.default_value is None
    return str(given.type) if is_null else f"{given.type} = {given.default_value!r}"


def test_types_and_defaults_are_exactly_those_of_the_contract() -> None:
    contract = build_schema((ROOT / "tests/api/contract.graphql").read_text(encoding="utf-8"))
    ours = dict(_signatures(build_schema(make_schema().as_str())))
    promised = dict(_signatures(contract))
    assert len(promised) > 200
    assert {where: ours.get(where) for where in promised} == promised


# --- the check for breaking changes -------------------------------------------------------------

OLD: Final = "type Query { a(b: Int): String z: Int }"


def compare(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m dev.breaking_changes` on two schemas and maybe a list of accepted changes."""
    command = [sys.executable, "-m", "dev.breaking_changes"]
    for name, content in zip(("old.graphql", "new.graphql", "accepted.txt"), files, strict=False):
        (folder / name).write_text(content)
        command.append(str(folder / name))
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "new",
    [
        "type Query { a(b: Int): String! z: Int }",
        "type Query { a(b: Int, c: Int): String! z: Int }",
        "type Query { a(b: Int): String! d: Int z: Int }",
    ],
)
def test_additions_are_not_breaking(tmp_path: Path, new: str) -> None:
    compared = compare(tmp_path, OLD, new)
    assert (compared.returncode, compared.stdout) == (0, "")


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        ("type Query { b: String z: Int }", "FIELD_REMOVED: "),
        ("type Query { a(b: Int): Int z: Int }", "FIELD_CHANGED_KIND: "),
        ("type Query { a(b: Int!): String z: Int }", "ARG_CHANGED_KIND: "),
        ("type Query { a: String z: Int }", "ARG_REMOVED: "),
        ("type Query { a(b: Int, c: Int!): String z: Int }", "REQUIRED_ARG_ADDED: "),
    ],
)
def test_breaking_changes_are_named(tmp_path: Path, new: str, kind: str) -> None:
    compared = compare(tmp_path, OLD, new)
    assert compared.returncode == 1
    [line] = compared.stdout.splitlines()
    assert line.startswith(kind)


def test_breaking_changes_can_be_accepted(tmp_path: Path) -> None:
    new = "type Query { a(b: Int): Int z: Int }"
    [change] = compare(tmp_path, OLD, new).stdout.splitlines()
    assert compare(tmp_path, OLD, new, f"# Why\n{change}\n").returncode == 0
    outdated = compare(tmp_path, OLD, OLD, f"{change}\n")
    assert (outdated.returncode, outdated.stdout) == (1, f"{change}\n")


@pytest.mark.parametrize("new", ["", "type Query {", "not a schema", "type Query { a: Missing }"])
def test_an_invalid_schema_is_reported(tmp_path: Path, new: str) -> None:
    compared = compare(tmp_path, OLD, new)
    assert (compared.returncode, compared.stdout) == (2, "")
    assert compared.stderr
    assert "Traceback" not in compared.stderr
