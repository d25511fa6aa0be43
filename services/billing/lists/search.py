"""Searches of a company's documents and customers, by words, numbers and amounts."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final, TypeVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from auth.staff import Staff
from banking.currencies import EXPONENTS
from core.search_texts import clean_search, search_terms
from db.search import Contains, Equals, MayContain, OneOf, terms_for_index
from i18n.parsing import possible_numbers
from models import CreditNote, Customer, Invoice, Quote
from models.invoices import AMOUNT_DUE
from values.money import MAX_AMOUNT

NumberedT = TypeVar("NumberedT", Invoice, Quote, CreditNote)

_MAX_IDS: Final = 5_000
"""Customers, or documents that an index finds, up to which they are found by their ids. The
database can use those together with its index of texts. Where there are more, a page is soon full
without."""
_NUMBER: Final = re.compile(r"(?P<start>.*\D)0*(?P<digits>\d{1,9})")
_LONGEST: Final = 10
"""Digits of a number, with zeros before them, that are found without the zeros."""
_CODE: Final = re.compile("|".join(EXPONENTS))
_SIGN: Final = re.compile(r"[$\u00a2-\u00a5\u20a0-\u20cf]")
"""What stands before or behind an amount. Several currencies share a sign."""
_DUE: Final = AMOUNT_DUE.format(of='"invoice".')


async def search(rows: QuerySet[NumberedT], staff: Staff, text: str) -> QuerySet[NumberedT]:
    """Narrow the company's documents to those in which each word of `text` is found.

    A word is looked for in the number, or the one that was chosen for a draft, the customer's order
    number and reference, what the first line describes, the notes, and the customer's name and
    e-mail address: anywhere, and regardless of case and accents. INV-34 finds INV-00034, and an
    amount finds what has this total or what this is due on, in any usual spelling. An empty text
    matches all.
    """
    terms = search_terms(text)
    if not terms:
        return rows
    ways = {term: await _find_otherwise(rows.model, staff, term) for term in terms}
    conditions = [reduce(or_, ways[term].conditions, Q(Contains(term))) for term in terms]
    rare = await terms_for_index(rows.model, staff.company_id, terms)
    whole = _amounts(rows.model, text) if len(terms) > 1 else []
    return rows.filter(
        reduce(or_, whole, Q(*conditions, *_with_index(staff, {term: ways[term] for term in rare})))
    )


@dataclass(frozen=True, slots=True)
class _OtherWays:
    """What finds documents that don't have a term in their texts."""

    conditions: list[Q]
    size: int
    """How many rows it names, if they are few enough to be named."""


def _with_index(staff: Staff, ways: Mapping[str, _OtherWays]) -> list[Q]:
    """Return a condition that the indexes answer, and that all documents with the terms meet."""
    if in_text := [term for term, others in ways.items() if not others.conditions]:
        return [MayContain(staff.company_id, in_text)]
    if not ways:
        return []
    term, others = min(ways.items(), key=lambda item: item[1].size)
    if others.size > _MAX_IDS:
        return []
    return [reduce(or_, others.conditions, Q(MayContain(staff.company_id, [term])))]


async def _find_otherwise(model: type[NumberedT], staff: Staff, term: str) -> _OtherWays:
    conditions, size = list[Q](), 0
    async for column, rows in _other_ways(model, staff, term):
        ids = [row.id for row in await rows.limit(_MAX_IDS + 1).only("id")]
        size += len(ids)
        if len(ids) > _MAX_IDS:
            condition: Any = {f"{column}__in": Subquery(rows.values("id"))}
            conditions.append(Q(**condition))
        elif ids:
            conditions.append(OneOf(column, ids))
    return _OtherWays(conditions, size)


async def _other_ways(
    model: type[NumberedT], staff: Staff, term: str
) -> AsyncIterator[tuple[str, QuerySet[NumberedT] | QuerySet[Customer]]]:
    """Yield the other rows that a term finds, with the column of documents that has their ids."""
    customers = Customer.filter(company_id=staff.company_id)
    yield "customer_id", await search_customers(customers, staff, term)
    if conditions := [*_numbers(term), *_amounts(model, term)]:
        yield "id", model.filter(reduce(or_, conditions), company_id=staff.company_id)


def _numbers(term: str) -> Iterator[Q]:
    """Yield the condition that the number is the term with zeros in it, if it can have some."""
    if match := _NUMBER.fullmatch(term):
        start, digits = match["start"], match["digits"]
        keys = [start + digits.zfill(size) for size in range(len(digits), _LONGEST + 1)]
        yield OneOf("number_key", keys)


def _amounts(model: type[NumberedT], text: str) -> list[Q]:
    """Return a condition for each way to read a text as the total or what is due."""
    text = clean_search(text).upper()
    codes = set(_CODE.findall(text)) or EXPONENTS.keys()
    amount = _SIGN.sub("", _CODE.sub("", text)).strip()
    conditions = []
    for number in possible_numbers(amount):
        for exponent in {EXPONENTS[code] for code in codes}:
            minor = number.scaleb(exponent)
            if minor != minor.to_integral_value() or minor > MAX_AMOUNT:
                continue
            currencies = [code for code in codes if EXPONENTS[code] == exponent]
            of_currency = OneOf("currency", currencies)
            conditions.append(Q(total=int(minor)) & of_currency)
            if model is Invoice:
                conditions.append(Equals(_DUE, int(minor)) & of_currency)
    return conditions


async def search_customers(rows: QuerySet[Customer], staff: Staff, text: str) -> QuerySet[Customer]:
    """Narrow the company's customers to those in which each word of `text` is found.

    A word is looked for in the name, the e-mail address and the reference, as in `search`.
    """
    terms = search_terms(text)
    rows = rows.filter(*map(Contains, terms))
    rare = await terms_for_index(Customer, staff.company_id, terms)
    return rows.filter(MayContain(staff.company_id, rare)) if rare else rows
