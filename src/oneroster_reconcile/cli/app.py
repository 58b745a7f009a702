"""The commands, put together."""

import typer

from oneroster_reconcile.cli.apply_plan import apply_plan
from oneroster_reconcile.cli.demo import demo
from oneroster_reconcile.cli.plans import plan, show
from oneroster_reconcile.cli.validate import validate

__all__ = ["app"]

_EXIT_CODES = """
Exit codes:

\b
0  done, or nothing to do
1  the source, the plan file or the state has errors
2  the command was used wrongly
3  the host failed, or some changes failed
"""

app = typer.Typer(
    help="Decide what to change, show it, and change it safely: a district's roster against a product's accounts.",
    epilog=_EXIT_CODES,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, _command in (("demo", demo), ("validate", validate), ("plan", plan), ("show", show), ("apply", apply_plan)):
    app.command(_name, epilog=_EXIT_CODES)(_command)
