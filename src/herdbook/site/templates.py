"""The templates and assets of the site: ours, with a team's own laid over them file by file."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

from herdbook import formats
from herdbook.errors import HerdbookError, StorageError
from herdbook.escaping.html import link, printed, redact, visible
from herdbook.site.markdown import plain, prose
from herdbook.site.paths import depth_of, relative

_MODULES: Final = "templates that this page imported"
_FUNCTIONS: Final = (FunctionType, MethodType, type(lru_cache(len)))
_MAIL = re.compile(r"[^@\s:/]+@[^@\s:/]+")


def shipped() -> Path:
    """Return the folder of our own templates: inside the package when installed, at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "site_templates"
    return installed if installed.is_dir() else package.parents[1] / "site_templates"


class _Printing(CodeGenerator):
    """Makes templates print by one function of ours, which escapes; theirs would do so again around it."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        for child in node.nodes:
            if isinstance(child, nodes.CondExpr) and child.expr2 is None:
                # Theirs makes a value that prints as nothing.
                child.expr2 = nodes.Const("")
        super().visit_Output(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: object) -> None:
        self.write("environment.finalize(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: object) -> None:
        self.write(")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        # Theirs goes on with the name of the class.
        self.write("environment.")
        super().macro_def(macro_ref, frame)


class _Macro(Macro):
    """A macro that is called without a look at what most calls do not give."""

    def given(self, arguments: tuple[Any, ...], caller: Macro | None) -> Markup:
        """Call it with what it takes in its order, or the first of that, and with a block if it takes one."""
        rest = self._argument_count - len(arguments)
        more = self.catch_kwargs or self.catch_varargs or self.explicit_caller
        if rest < 0 or more or self.caller is (caller is None):
            return Markup(self(*arguments) if caller is None else self(*arguments, caller=caller))
        block = () if caller is None else (caller,)
        # It is a text already: `Markup` would look for more in it.
        return str.__new__(Markup, self._func(*arguments, *(missing,) * rest, *block))


class _Calling(Context):
    """Calls at once what takes no more than a template gives it; Jinja looks for much that it may want."""

    def call(
        self,
        function: Callable[..., Any],
        /,
        *args: Any,
        caller: Macro | None = None,
        _loop_vars: Any = None,
        _block_vars: Any = None,
        **kwargs: Any,
    ) -> Any:
        if type(function) is _Macro and not kwargs and self.eval_ctx.autoescape:
            return function.given(args, caller)
        if caller is not None:
            kwargs["caller"] = caller
        if type(function) is _Macro:
            return function(self.eval_ctx, *args, **kwargs)
        if function is _url or function is _prose:
            # Nothing that they look for in the context is set in a loop.
            return function(self, *args, **kwargs)
        if type(function) in _FUNCTIONS and not hasattr(function, "jinja_pass_arg"):
            return function(*args, **kwargs)
        return super().call(function, *args, _loop_vars=_loop_vars, _block_vars=_block_vars, **kwargs)


class _Template(jinja2.Template):
    """A template of which a page makes one module, however many of its templates import it.

    Where something was set before the import, the module may be made of that: then it is for nobody else.
    """

    def make_module(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> TemplateModule:
        modules: dict[str | None, TemplateModule] | None = vars.get(_MODULES) if vars is not None else None
        if modules is None or any(map(_is_set, (locals or {}).values())):
            return super().make_module(vars, shared, locals)
        if self.name not in modules:
            modules[self.name] = super().make_module(vars, shared, locals)
        return modules[self.name]


def _is_set(value: object) -> bool:
    return value is not missing and not isinstance(value, TemplateModule)


class _Environment(jinja2.Environment):
    code_generator_class = _Printing
    context_class = _Calling
    template_class = _Template
    Macro = _Macro


class Templates:
    """Templates and assets by name. A team's folder wins; ours stay reachable as ``herdbook/<name>``."""

    def __init__(self, overlay: Path | None = None) -> None:
        if overlay is not None and not overlay.is_dir():
            raise HerdbookError(f"{overlay} is no folder of templates: give an existing one with --templates")
        self.folders = (shipped(),) if overlay is None else (overlay, shipped())
        self._environment = _Environment(
            loader=jinja2.ChoiceLoader(
                [
                    jinja2.FileSystemLoader(self.folders),
                    jinja2.PrefixLoader({"herdbook": jinja2.FileSystemLoader(shipped())}),
                ]
            ),
            autoescape=True,
            finalize=printed,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        own = {"link": link, "plain": plain, "contact": _contact, "breakable": _breakable, "kind": _kind}
        self._environment.filters.update(formats.FILTERS, **own)
        self._environment.globals.update(url=_url, prose=_prose)

    @property
    def are_ours(self) -> bool:
        """Tell whether nobody else's are among them."""
        return self.folders == (shipped(),)

    def render(self, name: str, here: str, /, **values: object) -> Markup:
        """Render a template for the page at the path `here`.

        Raises:
            HerdbookError: the template is missing or faulty.
        """
        try:
            template = self._environment.get_template(name)
            return Markup(template.render({**values, _MODULES: {}}, here=here))
        except jinja2.TemplateSyntaxError as error:
            raise HerdbookError(f"template {error.name}, line {error.lineno}: {error.message}") from error
        except jinja2.TemplateNotFound as error:
            raise HerdbookError(f"template {error.name} is missing") from error
        except jinja2.TemplateError as error:
            raise HerdbookError(f"template {name}, for the page {here}: {error.message}") from error
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            # In a template of ours, that is a fault of ours.
            if self.are_ours:
                raise
            raise HerdbookError(f"template {name}, for the page {here}: {error}") from error

    def load_pages(self) -> None:
        """Compile all that pages are made with ahead of its use; what is faulty is left for its use."""
        for name in self._environment.list_templates(filter_func=_is_of_pages):
            with contextlib.suppress(jinja2.TemplateError):
                self._environment.get_template(name)

    def origin(self, name: str) -> str:
        """Say which file a template is."""
        for folder in self.folders:
            if (folder / name).is_file():
                return f"the built-in {name}" if folder == shipped() else str(folder / name)
        return name

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of every folder: which folder it is in, its path there, and its content.

        Raises:
            StorageError: a file cannot be read.
        """
        for number, top in enumerate(self.folders):
            for path in sorted(top.rglob("*")):
                if path.is_file():
                    yield f"{number}/{path.relative_to(top).as_posix()}", _content(path)

    def files(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Yield path below `folder` and content of each file there, sorted by path; a team's file hides ours.

        Raises:
            StorageError: a file cannot be read.
        """
        found: dict[str, Path] = {}
        for top in reversed(self.folders):
            base = top / folder
            found.update(
                {path.relative_to(base).as_posix(): path for path in base.rglob("*") if path.is_file()}
            )
        for name, path in sorted(found.items()):
            yield name, _content(path)


def _is_of_pages(name: str) -> bool:
    # What stands at the top is imported by pages; those of the frame are for the site builder.
    return name.endswith(".html") and (name.startswith("pages/") or "/" not in name)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error


def _contact(text: str) -> Markup:
    # People write their address as it is; a bare one is for mail.
    return link(f"mailto:{text}", text) if _MAIL.fullmatch(text) else link(text, text)


def _kind(value: object) -> str:
    return type(value).__name__.lower()


# The same few metrics head most tables.
@lru_cache(maxsize=1024)
def _breakable(name: str) -> Markup:
    # Names of metrics are long words; a column with a narrow number need not be as wide as its heading.
    return escape(visible(redact(name))).replace("_", Markup("_<wbr>"))


@jinja2.pass_context
def _prose(context: Context, text: str, below: int = 2) -> Markup:
    if not text:
        return Markup()
    book = context.get("book")
    return prose(text, "../" * depth_of(context["here"]), book.has_page if book is not None else None, below)


@jinja2.pass_context
def _url(context: Context, path: str) -> str:
    return relative(context["here"], path)
