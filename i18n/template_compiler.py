"""Templates that are translated when they are compiled, and rendered faster than Jinja does.

A page calls `_`, `escape` and methods hundreds of times, and Jinja prepares for the unusual in each
call.
"""

import re
from collections.abc import MutableMapping
from gettext import NullTranslations
from types import MethodType
from typing import Any, Final, cast

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

_SCOPES: Final = {"_loop_vars", "_block_vars"}
"""What Jinja passes for those that want the context."""
_MARK: Final = re.compile("[&<>'\"]")
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


class _Compiler(CodeGenerator):
    environment: "TranslatedEnvironment"

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        super().visit_Template(_Translator(self.environment.translations).visit(node), frame)

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.escape(")
        else:
            super()._output_child_pre(node, frame, finalize)


def _escape(value: object) -> str:
    """Return `value` as HTML. Unlike Jinja's `escape`, it makes no Markup of what has no marks."""
    kind = type(value)
    if kind is Markup or (kind is str and _MARK.search(cast("str", value)) is None):
        return cast("str", value)
    return escape(value)


class _Context(Context):
    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        # Jinja looks for a mark at everything that is called, and few methods have one.
        if type(called) is MethodType and not kwargs.keys() - _SCOPES:
            return called(*args)
        return super().call(called, *args, **kwargs)


class TranslatedEnvironment(Environment):
    """An environment of templates in one language, in which `_("…")` is a constant."""

    code_generator_class = _Compiler
    context_class = _Context
    escape = staticmethod(_escape)

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
    """Replaces calls of `_` by the translated text, joined with the values of its placeholders.

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
        """Replace a call of `_`."""
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(text))]):
                return self._translate(text, node) or node
        return node

    def _translate(self, text: str, call: nodes.Call) -> nodes.Expr | None:
        values = {argument.key: argument.value for argument in call.kwargs}
        texts_and_names = _PLACEHOLDER.split(self._translations.gettext(text))
        texts, names = texts_and_names[::2], texts_and_names[1::2]
        if any("%" in text.replace("%%", "") for text in texts) or not values.keys() >= {*names}:
            return None
        parts: list[nodes.Expr] = [
            nodes.TemplateData(text.replace("%%", "%"), lineno=call.lineno) for text in texts
        ]
        for place, name in enumerate(names):
            parts.insert(2 * place + 1, values[name])
        return parts[0] if len(parts) == 1 else nodes.Concat(parts, lineno=call.lineno)
