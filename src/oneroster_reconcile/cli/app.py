"""The commands, put together."""

import typer

from oneroster_reconcile.cli import fleet as fleets, policies
from oneroster_reconcile.cli.apply_plan import apply_plan
from oneroster_reconcile.cli.connection import check_connection
from oneroster_reconcile.cli.demo import demo
from oneroster_reconcile.cli.explain import explain
from oneroster_reconcile.cli.plans import plan, show
from oneroster_reconcile.cli.runs import audit, decide, runs, settle
from oneroster_reconcile.cli.validate import validate

__all__ = ["app"]

_EXIT_CODES = """
Exit codes:

\b
0  done, or nothing to do
1  the source, the plan file, the policy or the state has errors
2  the command was used wrongly
3  the host failed, or some changes failed
4  guards hold the plan, or some of its changes, and nobody approved
5  the run was stopped; apply the same plan again and it goes on
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
_COMMANDS = (
    ("demo", demo),
    ("validate", validate),
    ("check-connection", check_connection),
    ("plan", plan),
    ("show", show),
    ("explain", explain),
    ("apply", apply_plan),
    ("runs", runs),
    ("settle", settle),
    ("decide", decide),
    ("audit", audit),
)
for _name, _command in _COMMANDS:
    app.command(_name, epilog=_EXIT_CODES)(_command)
policy = typer.Typer(
    help="Show, compare and check policies: presets, and policies in files.", epilog=_EXIT_CODES, no_args_is_help=True
)
_POLICIES = (("list", policies.list_), ("show", policies.show), ("diff", policies.diff), ("check", policies.check))
for _name, _command in _POLICIES:
    policy.command(_name, epilog=_EXIT_CODES)(_command)
app.add_typer(policy, name="policy", rich_help_panel=None, epilog=_EXIT_CODES)
fleet = typer.Typer(
    help="Many tenants in a night: plan them, apply their plans, or both.", epilog=_EXIT_CODES, no_args_is_help=True
)
for _name, _command in (("plan", fleets.plan), ("apply", fleets.apply), ("run", fleets.run)):
    fleet.command(_name, epilog=_EXIT_CODES)(_command)
app.add_typer(fleet, name="fleet", rich_help_panel=None, epilog=_EXIT_CODES)
