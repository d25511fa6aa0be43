"""Forms that declare their fields once, for the page, the template and the errors.

    class PaymentForm(Form):
        amount = Field("Amount", parse_amount, required=True, max_length=40)
        reference = Field("Reference", optional(parse_text), max_length=200, hint="Optional")

`form.amount.value` is what was entered, parsed. `{{ number_input(form.amount) }}` of `forms.html`
is its input, with its label, its hint and its error.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import uuid4

from starlette.datastructures import FormData, UploadFile
from strawberry.utils.str_converters import to_camel_case

from errors import BadInput, PortalError, Text, gather_refusals
from i18n import parsing
from i18n.formatting import format_decimals, format_number
from i18n.locales import DEFAULT_LANGUAGE
from i18n.parsing import parse_number, parse_signed

T = TypeVar("T")

Parser: TypeAlias = Callable[[str, str], T]
"""Parses a text that was entered in a locale. Raises ValueError with a message for the reader."""

DATE_HINT: Final = "Enter a date, like 2026-11-30."
_AMOUNT: Final = Decimal("1200.50")
_QUANTITY: Final = Decimal("2.5")


class Form:
    """A form with the values that were submitted, or with initial ones."""

    def __init__(
        self, submitted: FormData, locale: str = DEFAULT_LANGUAGE, /, **initial: str
    ) -> None:
        """Fill in the form as submitted, or before that with `initial`; `locale` is of numbers."""
        self.submitted = submitted
        self.locale = locale
        self.values: Mapping[str, str | UploadFile] = submitted or initial

    @property
    def idempotency_key(self) -> str:
        """The key by which services recognise a form that is submitted twice."""
        return str(self.submitted.get("idempotency_key", uuid4().hex))

    def field_of(self, error: PortalError) -> "Field[Any] | None":
        """Return the field that the error is about, or None."""
        return next((each for each in self._fields() if is_about(error, each.error_name)), None)

    def check(self) -> None:
        """Raise BadInput about all submitted fields that are empty or can't be parsed."""
        with gather_refusals() as refusals:
            for field in self._fields():
                if field.name in self.submitted:
                    refusals.of(field.check, self)

    def _fields(self) -> "Iterator[Field[Any]]":
        classes = reversed(type(self).__mro__)
        attributes = (value for each in classes for value in vars(each).values())
        return (each for each in attributes if isinstance(each, Field))


def is_about(error: PortalError, name: str) -> bool:
    """Whether the error is about the input of this name in errors, or about an entry of it."""
    return f"{error.field}.".startswith(f"{name}.")


class Field(Generic[T]):
    """A field of a form, named by the attribute that it is assigned to."""

    name: str

    def __init__(
        self,
        label: str,
        parse: Parser[T],
        *,
        required: bool = False,
        max_length: int | None = None,
        hint: str = "",
        error_name: str = "",
    ) -> None:
        """Declare a field; `error_name` is its name in errors, by default its name in camel case.

        `max_length` is for the browser: services check what they get.
        """
        self.label = label
        self.parse = parse
        self.required = required
        self.max_length = max_length
        self.hint = hint
        self.error_name = error_name

    def check(self, form: Form) -> None:
        """Raise BadInput unless what was entered can be parsed, and something was if it must be."""
        bound = self.__get__(form, type(form))
        _ = bound.value
        if self.required and not bound.text.strip():
            raise BadInput(Text("This is required."), field=self.error_name)

    def __set_name__(self, _: type[Form], name: str) -> None:
        self.name = name
        self.error_name = self.error_name or to_camel_case(name)

    def __get__(self, form: Form, _: type[Form]) -> "BoundField[T]":
        return BoundField(field=self, form=form)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundField(Generic[T]):
    """A field in a form that was filled in."""

    field: Field[T]
    form: Form

    @property
    def text(self) -> str:
        """The text in the input, as it was entered."""
        return str(self.form.values.get(self.field.name, ""))

    @property
    def value(self) -> T:
        """The parsed text. Raises BadInput."""
        try:
            return self.field.parse(self.text, self.form.locale)
        except ValueError as error:
            raise BadInput(str(error), field=self.field.error_name) from None


def optional(parse: Parser[T]) -> Parser[T | None]:
    """Return a parser whose result is None if nothing was entered."""
    return lambda text, language: parse(text.strip(), language) if text.strip() else None


def parse_text(text: str, _: str) -> str:
    """Return the text as it was entered."""
    return text


def parse_checkbox(text: str, _: str) -> bool:
    """Return whether a box was checked. Browsers submit nothing for one that is not."""
    return bool(text)


def parse_amount(text: str, language: str) -> Decimal:
    """Return an amount in the spelling of `language`."""
    return _understood(parse_number(text, language), "an amount", _example(language))


def parse_price(text: str, language: str) -> Decimal:
    """Return a price in the spelling of `language`, which can be negative."""
    return _understood(parse_signed(text, language), "a price", _example(language))


def parse_quantity(text: str, language: str) -> Decimal:
    """Return a quantity in the spelling of `language`, which can be negative."""
    example = f"like 3 or {format_number(_QUANTITY, language)}"
    return _understood(parse_signed(text, language), "a quantity", example)


def parse_percent(text: str, language: str) -> Decimal:
    """Return a rate in percent in the spelling of `language`, with or without a sign."""
    return _understood(parsing.parse_percent(text, language), "a rate", "like 19 or 19%")


def parse_share(text: str, language: str) -> Decimal:
    """Return an amount, or a number of percent if it has the sign."""
    number = parsing.parse_percent(text, language)
    return _understood(number, "an amount or a rate", "like 450 or 10%")


def _understood(number: Decimal | None, what: str, example: str) -> Decimal:
    if number is None:
        raise ValueError(f"Enter {what}, {example}.")
    return number


def _example(language: str) -> str:
    return f"like 450 or {format_decimals(_AMOUNT, language)}"


def parse_date(text: str, _: str) -> date:
    """Return the date that a date input has submitted."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(DATE_HINT) from None
