"""The queries with which the search for expensive ones begins."""

from random import Random

from graphql import OperationDefinitionNode, parse, validate

from api.complexity import measure
from api.schema import make_schema
from dev.fuzz.hostile_queries import known_shapes, mutated, random_chain, staff_shapes

SCHEMA = make_schema()._schema
ROOTS = {"company": "Company", 'portal(token: "a")': "Portal", "__schema": "__Schema"}


def test_the_known_shapes_parse() -> None:
    shapes = dict(known_shapes(dict.fromkeys(("invoice", "portal", "rich"), "a")))
    assert all(parse(text).definitions for text in shapes.values())
    assert validate(SCHEMA, parse(shapes["introspection 3 by 3"])) == []


def test_the_shapes_of_staff_are_executed() -> None:
    for name, text in staff_shapes():
        document = parse(text)
        [operation] = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert validate(SCHEMA, document) == [], name
        assert measure(SCHEMA, document, operation).refusal() is None, name


def test_random_queries_are_valid_and_the_same_for_a_seed() -> None:
    def generate() -> list[str]:
        random = Random(1)
        chains = [random_chain(random, ROOTS) for _ in range(20)]
        return [chain.text() for chain in [*chains, *(mutated(random, each) for each in chains)]]

    texts = generate()
    assert texts == generate()
    problems = [str(error) for text in texts for error in validate(SCHEMA, parse(text))]
    assert [one for one in problems if "Maximum introspection depth" not in one] == []
