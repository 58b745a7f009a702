"""What the page of options says of each command: taken from the command line itself."""

from collections.abc import Iterator

import click
import typer

from oneroster_reconcile.cli.app import app

__all__ = ["sections"]

_PROGRAM = "oneroster-reconcile"


def sections() -> str:
    """A section a command, with a line for each of its arguments and options."""
    return "\n".join(_section(f"{_PROGRAM} {name}", command) for name, command in _commands(typer.main.get_command(app)))


def _commands(group: click.Command, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _section(name: str, command: click.Command) -> str:
    rows = [f"| {_named(each)} | {_said(each)} |" for each in command.params if each.name != "help"]
    table = "\n".join(["| | |", "|---|---|", *rows])
    return f"## {name}\n\n{(command.help or '').strip()}\n\n{table}\n"


def _named(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name or '').upper()}`"
    return ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])


def _said(parameter: click.Parameter) -> str:
    words = " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
    return f"{words}{' Required.' if parameter.required and parameter.param_type_name == 'option' else ''}"
