"""Commands that take words as they stand, so that starting one loads nothing that converts values.

From 0.29 on Typer converts by pydantic, also what nobody gave: 40 ms for every command. Numbers and paths that were
given stay Typer's to convert. Where a Typer asks its parameters in another way, this does nothing and all is correct.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Protocol, Union, cast, get_args, get_origin, get_type_hints

from typer.core import TyperCommand, TyperGroup

from slate_pg.cli.ending import Interrupted
from slate_pg.cli.spoken import begin

if TYPE_CHECKING:
    import typer

    Process = Callable[[typer.Context, object], object]
    Function = Callable[..., object] | None


class Parameter(Protocol):
    """What is known here of a parameter of Typer's."""

    name: str
    nargs: int
    required: bool
    callback: Callable[[typer.Context, Parameter, object], object] | None
    process_value: Process


class Command(TyperCommand):
    """A command that takes words as they stand."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the command line."""
        _take_as_given(cast("Sequence[Parameter]", self.get_params(ctx)), self.callback)
        rest = super().parse_args(ctx, args)
        given = ctx.params
        begin(as_json="as_json" in given and (given["as_json"] or given.get("form") == "json"))
        return rest


class Group(TyperGroup):
    """A group that takes words as they stand, also those that Typer's completion asks for."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Read the command line."""
        _take_as_given(cast("Sequence[Parameter]", self.get_params(ctx)), self.callback)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            raise Interrupted(interrupt) from None


def _take_as_given(parameters: Sequence[Parameter], function: Function) -> None:
    for parameter in parameters:
        if not isinstance(parameter.process_value, partial):
            parameter.process_value = partial(_process, parameter, parameter.process_value, function)


def _process(
    parameter: Parameter, convert: Process, function: Function, context: typer.Context, value: object
) -> object:
    """Return the value that the command gets; the parameter's callback has its say, as with Typer."""
    source = context.get_parameter_source(parameter.name)
    if source is not None and source.name == "DEFAULT":
        stands = not parameter.required and (value is None or isinstance(value, str | int | float))
    elif isinstance(value, str) and _kind_of(function, parameter.name) is Path:
        value, stands = Path(value), True  # no command asks more of a path than that it is one
    else:
        stands = _are_words(value) and _takes_words(function, parameter.name)
    if not stands:
        return convert(context, value)
    if value is None and (parameter.nargs == -1 or getattr(parameter, "multiple", False)):
        value = ()
    return value if parameter.callback is None else parameter.callback(context, parameter, value)


def _are_words(value: object) -> bool:
    words = value if isinstance(value, tuple | list) else (value,)
    return bool(words) and all(isinstance(word, str) for word in words)


def _takes_words(function: Function, name: str) -> bool:
    """Tell whether a function's parameter is text, text or nothing, or a list of texts."""
    kind = _kind_of(function, name)
    return kind is str or (get_origin(kind) is list and get_args(kind) == (str,))


def _kind_of(function: Function, name: str) -> object:
    """Return the type of a function's parameter, without None where that may be left out; None for one of several."""
    kind = get_type_hints(function).get(name) if function else None
    if get_origin(kind) in (Union, UnionType):
        kind, *others = [a for a in get_args(kind) if a is not NoneType]
        return None if others else kind
    return kind
