"""`validate`: everything that is wrong with a roster, in one pass."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from attrs import evolve

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.validation.circles import circles
from oneroster_reconcile.validation.classes import classes
from oneroster_reconcile.validation.dates import dates
from oneroster_reconcile.validation.duplicates import duplicates
from oneroster_reconcile.validation.findings import Finding, in_order
from oneroster_reconcile.validation.inspection import Expectations, Inspection
from oneroster_reconcile.validation.masking import gone_blank, masked_keys, masked_values
from oneroster_reconcile.validation.people import impossible_births, people
from oneroster_reconcile.validation.references import dangling, ended, unread
from oneroster_reconcile.validation.report import Report
from oneroster_reconcile.validation.shape import blanks, shapes
from oneroster_reconcile.validation.shares import drift, shrunk
from oneroster_reconcile.validation.tokens import misspelt_tokens, unknown_grades, unknown_roles, unknown_tokens

__all__ = ["validate"]

Rule = Callable[[Inspection], Iterable[Finding]]

_MENDING: Sequence[Rule] = (
    masked_keys,
    masked_values,
    gone_blank,
    misspelt_tokens,
    unknown_roles,
    impossible_births,
    circles,
    drift,
    shrunk,
    dangling,
)
"""The rules that set aside or mend, each of which sees what those before it left."""
_JUDGING: Sequence[Rule] = (unread, ended, blanks, shapes, unknown_tokens, unknown_grades, dates, people, classes, duplicates)
"""The rules that only say what they see; they see the roster to go on with, so that nothing is said twice."""
_PLAIN = Expectations()


def validate(roster: Roster, *, base: Base | None = None, as_of: date | None = None, expecting: Expectations = _PLAIN) -> Report:
    """Find what is wrong with a roster, one issue a cause, and make the roster to go on with.

    In `report.roster`, rows that would do harm are set aside in its quarantine: they count as present, so that nothing is removed or made for them. Masked
    values are blank. `base` is what is remembered of this source: it tells a column that went blank, a kind that shrank and ids that drifted. `as_of` is the
    day after which nobody can have been born (default: the end of the last session). `expecting` says what is meant so. The roster's own issues are in the report, too;
    validating `report.roster` again finds nothing new.

    >>> from oneroster_reconcile.model.enrollments import Enrollment
    >>> from oneroster_reconcile.model.users import User
    >>> ada = User(id="u1", given_name="***", family_name="Byron", username="ada")
    >>> report = validate(Roster.of(users=[ada], enrollments=[Enrollment(class_="k1", user="u1", role="student")]))
    >>> [issue.code for issue in report.errors]
    ['masked_required_field', 'membership_dangling']
    >>> len(report.roster.enrollments), report.roster.users["u1"].given_name
    (0, '')
    """
    seen = Inspection(roster=roster, base=base or Base(), as_of=as_of, expecting=expecting, issues=roster.issues)
    for rule in _MENDING:
        seen = seen.after(rule(seen))
    said = [finding.issue(seen.roster) for rule in _JUDGING for finding in rule(seen)]
    issues = in_order((*seen.issues, *said))
    return Report(roster=evolve(seen.roster, issues=issues), issues=issues)
