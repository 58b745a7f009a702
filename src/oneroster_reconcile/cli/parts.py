"""The options that name a part of a plan, and the part that they name."""

from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen

from oneroster_reconcile.cli.failures import WrongUsage
from oneroster_reconcile.cli.opening import open_selection
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.selection import concerning
from oneroster_reconcile.render.focus import Focus, ids_of
from oneroster_reconcile.render.preview import issue_lines, text_of

__all__ = ["PartOptions", "part_of", "print_part"]


@frozen(kw_only=True)
class PartOptions:
    """Which changes of a plan are meant."""

    only: Annotated[
        Path | None, typer.Option("--only", metavar="FILE", help="A selection, as the review page saves it: these changes alone.")
    ] = None
    school: Annotated[str | None, typer.Option("--school", metavar="ID", help="The changes in this school alone.")] = None
    verb: Annotated[Verb | None, typer.Option("--verb", metavar="VERB", help="The changes of this verb alone.")] = None
    kind: Annotated[Kind | None, typer.Option("--kind", help="The changes of this kind of row alone.")] = None
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help="The changes about this person alone.")] = None

    @property
    def focus(self) -> Focus:
        """The same as what somebody looks at, but for the file."""
        return Focus(school=self.school, verb=self.verb, kind=self.kind, person=self.person)

    def chosen(self, plan: ChangePlan) -> ChangePlan:
        """What the file names of a plan; all where there is none."""
        if self.only is None:
            return plan
        selection = open_selection(self.only)
        try:
            return selection.of(plan)
        except ValueError as error:
            raise WrongUsage(f"--only {self.only}: {error}") from None


def part_of(plan: ChangePlan, options: PartOptions, base: Base) -> ChangePlan:
    """The part of a plan that can be applied by itself: what is meant, with all that it needs.

    Raises WrongUsage where an id may be the source's and the host's, of two rows: what is done must be clear.
    """
    chosen = options.chosen(plan)
    ids = {kind: _id(chosen, kind, name, base) for kind, name in ((Kind.ORG, options.school), (Kind.USER, options.person))}
    return chosen.only(school=ids[Kind.ORG], person=ids[Kind.USER], verb=options.verb, kind=options.kind)


def _id(plan: ChangePlan, kind: Kind, name: str | None, base: Base) -> Id | None:
    if name is None:
        return None
    known = [each for each in sorted(ids_of(plan, kind, name, base)) if not concerning(plan, kind, each).is_empty()]
    if len(known) > 1:
        raise WrongUsage(f"the {kind} {name!r} may be any of {', '.join(known)}; name its id in a file for --only")
    return known[0] if known else name


def print_part(part: ChangePlan, of: ChangePlan) -> None:
    """Say how much of a plan is meant, under which digest, what came along and what cannot come."""
    print(f"Selected are {len(part):,} of {len(of):,} changes, digest {part.digest[:12]}.")
    print(f"{text_of(issue_lines(part.issues[len(of.issues) :]))}\n")
