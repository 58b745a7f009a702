"""`Why` and its `Cause`s: what is answered when somebody asks why a row is changed, or is not."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.issues.issue import FixAt, Ref
from oneroster_reconcile.model.ids import Id

__all__ = ["SAID", "Cause", "Why"]

SAID: Mapping[str, str] = {
    "new": "the source has it and the host does not, and it is not made",
    "recreated": "it was deleted at the host, and it is not made again",
    "matched": "it was found to be the same as a row of the host, and nothing is changed",
    "linked": "it is linked",
    "deleted_at_host": "somebody deleted it at the host, and it stays so",
    "local": "only the host has it, and it is left as it is",
    "foreign": "only the host has it, in something that is the host's own",
    "withdrawn": "the source does not have it any more, and the host keeps it as it is",
    "ended": "it has ended at the source, and the host keeps it as it is",
    "gone": "it is over at the source, and the host does not have it",
    "unknown": "nothing may be concluded of it, so it is left as it is",
    "out_of_scope": "the policy's scope leaves it out, so it is left as it is",
    "quarantined": "it was set aside, counts as present, and is left as it is",
    "ineligible": "the product cannot take it, so it is left as it is",
    "omitted": "people left it out, so nothing is made of it or linked to it, and what it is linked to is left as it is",
    "blocked": "nothing is made or linked for it",
    "unlinked": "what it belongs to has no row at the host",
    "never_made": "it ended at the source before it was linked to anything",
    "disputed": "which row of the host it is, is disputed",
    "identity_changed": "it is linked, and now shares a key with another row of the host",
    "email_shared": "it shares the address of one account with others",
    "email_taken": "its address is that of an account which is another's by its name or birth date",
    "untrusted_domain": "several accounts match, by an address of a domain that its school does not trust",
    "mergeable": "several accounts that nobody claims match it",
    "proposed": "it matches a row of the host, and a person has to accept that",
    "likely": "it looks like a row of the host, and a person has to look at that",
    "left_out": "its change was left out when the plan was cut down",
}
"""What each situation of a row that is not changed comes to."""


@frozen(kw_only=True)
class Cause:
    """One step from the row of the source to its change, or to there being none.

    `what` says it in words; `situation` is where the row stands, `policy` the policy's row that decided, `code` that of the issue which says so, `verb` what is done, and `guard` what holds
    that. `help` and `fix_at` are the code's: what to do, and who can.

    >>> told = Cause(subject=Ref("class", "new:sis/k1"), what="it is not made", code="no_primary_teacher")
    >>> told.help, str(told.fix_at)
    ('Enroll a teacher in each of these classes as the primary one.', 'source')
    """

    subject: Ref
    what: str
    situation: str = ""
    policy: str = ""
    code: str = ""
    verb: str = ""
    guard: str = ""
    source_ids: tuple[Id, ...] = ()

    @property
    def help(self) -> str:
        """What to do, in the imperative; blank where there is nothing to be done."""
        return CATALOGUE[self.code].help if self.code in CATALOGUE else ""

    @property
    def fix_at(self) -> FixAt | None:
        """Who can do it."""
        return CATALOGUE[self.code].fix_at if self.code in CATALOGUE else None

    def to_dict(self) -> dict[str, Any]:
        """The cause in plain values, such as JSON has."""
        return {
            "subject": str(self.subject),
            "what": self.what,
            "situation": self.situation or None,
            "policy": self.policy or None,
            "code": self.code or None,
            "verb": self.verb or None,
            "guard": self.guard or None,
            "source_ids": [*self.source_ids],
            "help": self.help or None,
            "fix_at": None if self.fix_at is None else self.fix_at.value,
        }

    def __str__(self) -> str:
        sources = f" (source {', '.join(self.source_ids)})" if self.source_ids else ""
        details = "; ".join(each for each in (self.code, self.policy) if each)
        remedy = f" {self.help} (at: {self.fix_at})" if self.help else ""
        return f"{self.subject}{sources}: {self.what}{f' [{details}]' if details else ''}.{remedy}"


@frozen
class Why:
    """Why a row is changed by a plan, or is not: the causes, those of the row itself before those of what it belongs to.

    Printed it is a line for the answer and one for each cause.

    >>> print(Why(Ref("user", "9"), (Cause(subject=Ref("user", "9"), what=SAID["local"], situation="local", policy="mirror: user.local = keep"),)))
    user/9 is not changed.
      user/9: only the host has it, and it is left as it is [mirror: user.local = keep].
    """

    ref: Ref
    causes: tuple[Cause, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the plan changes the row, or who it is."""
        return any(each.verb for each in self.causes)

    def to_dict(self) -> dict[str, Any]:
        """The answer in plain values, such as JSON has."""
        return {"ref": str(self.ref), "is_changed": self.is_changed, "causes": [each.to_dict() for each in self.causes]}

    def lines(self) -> Iterator[str]:
        """The answer, a line each."""
        yield f"{self.ref} is {'changed' if self.is_changed else 'not changed'}."
        yield from (f"  {each}" for each in self.causes)

    def __str__(self) -> str:
        return "\n".join(self.lines())
