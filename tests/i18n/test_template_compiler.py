"""Texts of templates: translated when a template is compiled, and escaped as before."""

from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, pass_context
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context
from markupsafe import Markup

from i18n.template_compiler import TranslatedEnvironment

_TEXTS = {
    "Paid": "Bezahlt & gut",
    "%(who)s paid %(amount)s": "%(amount)s von <%(who)s>",
    "100%%": "100 %%",
    "%(count)d left": "noch %(count)d",
}


class Texts(NullTranslations):
    """A few texts in German, each of which is looked up once."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up: list[str] = []

    def gettext(self, message: str) -> str:
        """Return the German text."""
        self.looked_up.append(message)
        return _TEXTS[message]

    def pgettext(self, context: str, message: str) -> str:
        """Return the German text, and after it where it stands."""
        return f"{self.gettext(message)} ({context})"


def environment(texts: NullTranslations, *, autoescape: bool = True) -> TranslatedEnvironment:
    """Return an environment like that of the pages."""
    return TranslatedEnvironment(
        texts,
        autoescape=autoescape,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ('{{ _("Paid") }}', "Bezahlt & gut"),
        ('{{ _("100%%") }}', "100 %"),
        ('{{ pgettext("tab", "Paid") }}', "Bezahlt & gut (tab)"),
        ('{{ pgettext("<i>", "%(who)s paid %(amount)s", who=who, amount=5) }}',
         "5 von <&lt;Jo&gt;> (<i>)"),
        ('{% set x = {"a": _("Paid")} %}{{ x["a"] }}', "Bezahlt & gut"),
        ('{{ _("%(who)s paid %(amount)s", who=who, amount=5) }}', "5 von <&lt;Jo&gt;>"),
        ('{% set x = _("%(who)s paid %(amount)s", who=who, amount=_("Paid")) %}{{ x }}',
         "Bezahlt & gut von <&lt;Jo&gt;>"),
        ('{{ _("%(count)d left", count=3) }}', "noch 3"),
        ('{{ _("Paid" if who else "100%%") }}', "Bezahlt & gut"),
        ("{% trans who=who, amount=1 %}{{ who }} paid {{ amount }}{% endtrans %}",
         "1 von <&lt;Jo&gt;>"),
    ],
)  # fmt: skip
def test_a_text_is_markup_and_its_values_are_escaped(template: str, written: str) -> None:
    assert environment(Texts()).from_string(template).render(who="<Jo>") == written


def test_nothing_is_escaped_in_plain_text() -> None:
    template = '{{ _("%(who)s paid %(amount)s", who=who, amount="<5>") }}'
    page = environment(Texts(), autoescape=False).from_string(template)
    assert page.render(who="<Jo>") == "<5> von <<Jo>>"


def test_a_text_is_looked_up_once_for_all_pages() -> None:
    texts = Texts()
    template = '{{ _("Paid") }}{% if _("100%%") %}{% endif %}{% set x = pgettext("tab", "Paid") %}'
    page = environment(texts).from_string(template)
    assert [page.render() for _ in range(3)] == ["Bezahlt & gut"] * 3
    assert texts.looked_up == ["Paid", "100%%", "Paid"]


def test_a_value_that_is_missing_is_an_error() -> None:
    page = environment(Texts()).from_string('{{ _("%(who)s paid %(amount)s", who=who, amount=1) }}')
    with pytest.raises(UndefinedError):
        page.render()


def test_methods_macros_and_functions_are_called_alike() -> None:
    template = (
        "{% macro twice(text) %}{{ text.upper() }}{{ caller() }}{% endmacro %}"
        '{% for text in ["a"] %}{% call twice(text) %}{{ tag.named("i", end=1) }}{% endcall %}'
        "{{ name_of(text) }}{% endfor %}"
    )
    page = environment(Texts()).from_string(template)
    assert page.render(tag=Tag(), name_of=name_of) == "A<i/1>&lt;a&gt; of None"


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ('pair("<", "b")', "&lt;/b"),
        ('pair("<")', "&lt;/-"),
        ('pair(last="b", first=1)', "1/b"),
        ('many("<", "b", c="d")', "&lt;/b/d"),
        ('named(c="<", first=1)', "1/&lt;"),
    ],
)
def test_macros_take_arguments_as_in_jinja(call: str, written: str) -> None:
    template = (
        '{% macro pair(first, last="-") %}{{ first }}/{{ last }}{% endmacro %}'
        '{% macro many(first) %}{{ first }}/{{ varargs[0] }}/{{ kwargs["c"] }}{% endmacro %}'
        '{% macro named(first) %}{{ first }}/{{ kwargs["c"] }}{% endmacro %}'
        f"{{{{ {call} }}}}"
    )
    for jinja in (environment(Texts()), Environment(autoescape=True)):
        assert jinja.from_string(template).render() == written


def test_a_macro_of_plain_text_is_escaped_in_html() -> None:
    def is_html(name: str | None) -> bool:
        return name != "plain"

    html = TranslatedEnvironment(Texts(), autoescape=is_html, extensions=["jinja2.ext.i18n"])
    html.loader = DictLoader({
        "plain": "{% macro plain(text) %}<{{ text }}>{% endmacro %}",
        "page": '{% from "plain" import plain %}{{ plain("b") }}',
    })  # fmt: skip
    assert html.get_template("page").render() == "&lt;b&gt;"


class Tag:
    """Has a method that takes arguments of both kinds."""

    def named(self, name: str, *, end: int) -> Markup:
        """Return an element."""
        return Markup("<%s/%s>") % (name, end)


@pass_context
def name_of(context: Context, text: str) -> str:
    """Return a text and the template's name."""
    return f"<{text}> of {context.name}"


class Shouting(str):
    """A text whose `str` differs from its characters."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return it in capitals."""
        return self.upper()


@given(st.text(alphabet="a<>&'\"é\x00\n "))
def test_values_are_escaped_as_jinja_escapes_them(text: str) -> None:
    values = [text, Markup(text), Shouting(text), 5, None, [text]]
    template = "{% for value in values %}{{ value }}|{% endfor %}"
    page = environment(Texts()).from_string(template)
    expected = Environment(autoescape=True).from_string(template)
    assert page.render(values=values) == expected.render(values=values)
