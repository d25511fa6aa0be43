"""Templates that are translated when they are compiled, and rendered faster than Jinja does.

A page reads attributes and calls `_`, `escape`, methods and macros hundreds of times, and Jinja
prepares for the unusual each time.
"""

import re
from collections.abc import Iterable, MutableMapping
from functools import partial
from gettext import NullTranslations
from keyword import iskeyword
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.runtime import Macro
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]

_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")
_to_markup: Final = partial(str.__new__, Markup)
"""Returns a text as Markup, without looking for a method `__html__`."""


class _Compiler(CodeGenerator):
    environment: "TranslatedEnvironment"

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        self._macros = set(_macros_of(node))
        super().visit_Template(_Translator(self.environment.translations).visit(node), frame)

    def write_commons(self) -> None:
        """Let a template escape values and make Markup as the environment does."""
        super().write_commons()
        self.writeline("escape, Markup = environment.escape, environment.to_markup")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """Read an attribute as Python does. Jinja also looks for an item of that name."""
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Call(  # noqa: N802
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Call methods and macros as Python does. Other functions may want the context."""
        if not self._is_plain(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def _is_plain(self, call: nodes.Call) -> bool:
        has_plain_arguments = not (
            call.dyn_args or call.dyn_kwargs or any(iskeyword(each.key) for each in call.kwargs)
        )
        match call.node:
            case nodes.Getattr():
                return has_plain_arguments
            case nodes.Name(name=name):
                return has_plain_arguments and name in self._macros
        return False

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """Join a translated text and its values. Jinja looks for Markup among them first."""
        is_text = any(isinstance(part, nodes.TemplateData) for part in node.nodes)
        if not is_text or frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super().visit_Concat(node, frame)
            return
        self.write("Markup(concat((")
        for part in node.nodes:
            self.write("escape(")
            self.visit(part, frame)
            self.write("), ")
        self.write(")))")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Define a macro, as one of the environment's class."""
        self.write("environment.")
        super().macro_def(macro_ref, frame)


def _macros_of(template: nodes.Template) -> Iterable[str]:
    """Yield the names in a template that are macros, if they are called."""
    yield "caller"
    for macro in template.find_all(nodes.Macro):
        yield macro.name
    for imported in template.find_all(nodes.FromImport):
        for name in imported.names:
            yield name if isinstance(name, str) else name[1]


def _escape(value: Any) -> str:  # noqa: ANN401
    """Return `value` as HTML. Unlike Jinja's `escape`, it makes no Markup of texts and integers."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if kind is str:
        text: str = escape_text(value)
        return text
    if kind is int:
        return str(value)
    return escape(value)


class _Macro(Macro):
    """A macro that costs little more than its function."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401
        super().__init__(*args)
        self._is_plain = not (self.catch_varargs or self.explicit_caller)

    def __call__(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401
        lacking = self._argument_count - len(args)
        if lacking < 0 or not self._is_plain:
            return super().__call__(*args, **kwargs)
        rest = [missing] * lacking
        named = dict(kwargs)
        if kwargs:
            rest = [named.pop(name, missing) for name in self.arguments[len(args) :]]
            if self.caller and "caller" in named:
                rest.append(named.pop("caller"))
            if named and not self.catch_kwargs:  # it has no such arguments, which Jinja reports
                return super().__call__(*args, **kwargs)
        if self.caller and len(rest) == lacking:
            return super().__call__(*args, **kwargs)
        if self.catch_kwargs:
            rest.append(named)
        text = self._func(*args, *rest)
        return _to_markup(text) if self._default_autoescape else text


class TranslatedEnvironment(Environment):
    """An environment of templates in one language, in which `_("…")` is a constant."""

    code_generator_class = _Compiler
    Macro = _Macro
    escape = staticmethod(_escape)
    to_markup = staticmethod(_to_markup)

    def __init__(self, translations: NullTranslations, **options: Any) -> None:  # noqa: ANN401
        """Translate templates with `translations`; the options are Jinja's."""
        super().__init__(**options)
        self.translations = translations
        self.install_gettext_translations(  # type: ignore[attr-defined]  # of the extension
            translations, newstyle=True
        )

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return a template's globals as a dict, because Jinja copies and compares it each time."""
        return {**self.globals, **(d or {})}


class _Translator(NodeTransformer):
    """Replaces calls of `_` and `pgettext` by the translated text, with its placeholders' values.

    Texts that aren't constants, and those with other formats, remain calls.
    """

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802  # named by Jinja
        """Write the parts of a text one after the other, rather than joined."""
        parts: list[nodes.Expr] = []
        for child in node.nodes:
            translated = self.visit(child)
            is_text = isinstance(child, nodes.Call) and isinstance(translated, nodes.Concat)
            parts += translated.nodes if is_text else [translated]
        node.nodes = parts
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  # named by Jinja
        """Replace a call of `_` or `pgettext`."""
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(text))]):
                return _filled(self._translations.gettext(text), node) or node
            case nodes.Call(
                node=nodes.Name(name="pgettext"),
                args=[nodes.Const(value=str(context)), nodes.Const(value=str(text))],
            ):
                return _filled(self._translations.pgettext(context, text), node) or node
        return node


def _filled(text: str, call: nodes.Call) -> nodes.Expr | None:
    """Return a translated text with the values of the call; None if it has to remain a call."""
    values = {argument.key: argument.value for argument in call.kwargs}
    texts_and_names = _PLACEHOLDER.split(text)
    texts, names = texts_and_names[::2], texts_and_names[1::2]
    if any("%" in text.replace("%%", "") for text in texts) or not values.keys() >= {*names}:
        return None
    parts: list[nodes.Expr] = [
        nodes.TemplateData(text.replace("%%", "%"), lineno=call.lineno) for text in texts
    ]
    for place, name in enumerate(names):
        parts.insert(2 * place + 1, values[name])
    return parts[0] if len(parts) == 1 else nodes.Concat(parts, lineno=call.lineno)
