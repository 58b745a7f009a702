"""Promises about who is who: links are kept and moved, and an account that goes into another takes along what hangs on it."""

from datetime import date

from attrs import evolve

from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.testing.batches import link, merge, relink
from oneroster_reconcile.testing.promises.promise import promise
from oneroster_reconcile.testing.scene import NOBODY, called, full, makeable, plain
from oneroster_reconcile.testing.trial import IDENTIFIED, NotPromised, Trial

__all__ = ["PROMISES"]


@promise
def links_are_kept(host: Trial) -> None:
    """Several links of a row are kept, taking one again is done, and a link to what is not there fails alone."""
    for kind in _linkable(host):
        one, two = host.makes(plain(host, kind), plain(host, kind))
        batch = link(kind, ("sis", "u1", one), ("sis", "u2", one), ("sis", "u3", NOBODY), ("sis", "u4", two))
        for _ in range(2):
            host.refuses(host.apply(batch), True, True, False, True, because=f"link {kind}, the third to what is not there")


@promise
def links_move_and_go(host: Trial) -> None:
    """What a person decided replaces the link that was there; taking away a link that is not there is done."""
    for kind in _linkable(host):
        host.needs(Action.RELINK, kind)
        host.needs(Action.UNLINK, kind)
        one, two = host.makes(plain(host, kind), plain(host, kind))
        host.apply(link(kind, ("sis", "u1", one), ("sis", "u2", one)))
        moved = relink(kind, ("sis", "u1", one), ("sis", "u1", two))
        host.refuses(host.apply(moved), True, because=f"relink {kind}")
        host.refuses(
            host.apply(relink(kind, ("sis", "u2", one), ("sis", "u2", NOBODY))), False, because=f"relink {kind} to nothing"
        )
        for _ in range(2):
            host.refuses(host.apply(relink(kind, ("sis", "u2", one), None)), True, because=f"unlink {kind}")


@promise
def links_go_with_their_row(host: Trial) -> None:
    """A host lets go of the links to a row that is deleted, and of no others."""
    for kind in _linkable(host):
        host.needs(Action.DELETE, kind)
        row = plain(host, kind)
        one, two = host.makes(row, plain(host, kind))
        host.apply(link(kind, ("sis", "u1", one), ("sis", "u1", two), ("hr", "u9", one)))
        host.did(Action.DELETE, evolve(row, id=one))


@promise
def a_merged_account_takes_along_what_hangs_on_it(host: Trial) -> None:
    """Memberships, demographics, guardians and links become the other account's, its own values stand, and what was merged stays so."""
    gone, kept, _ = _people(host)
    for _ in range(2):
        host.refuses(host.apply(merge((gone, kept))), True, because="merge user")


@promise
def a_merge_that_cannot_be_meant_fails_alone(host: Trial) -> None:
    """Into nobody, into itself, of or into a provisional id: it fails, and the merge beside it is done."""
    gone, kept, child = _people(host)
    answers = host.apply(merge((gone, kept), (child, NOBODY), (host.new(), kept), (NOBODY, host.new())))
    host.refuses(answers, True, False, False, False, because="merge user, of which only the first can be meant")
    host.refuses(host.apply(merge((child, child))), False, because="merge user into itself")


def _linkable(host: Trial) -> list[Kind]:
    kinds = [kind for kind in makeable(host) if kind in IDENTIFIED and host.can(Action.LINK, kind)]
    if not kinds:
        raise NotPromised("this host keeps no links")
    return kinds


def _people(host: Trial) -> tuple[Id, Id, Id]:
    """Two accounts of one person and one of somebody whose guardian they are, with what hangs on them as far as the host has it."""
    host.needs(Action.MERGE, Kind.USER)
    host.needs(Action.CREATE, Kind.USER)
    first, second = full(host, Kind.USER, called(host), 0), full(host, Kind.USER, called(host), 1)
    gone, kept = host.makes(first, second)
    (child,) = host.makes(evolve(called(host), agents=(gone,)) if host.keeps(Kind.USER, "agents") else called(host))
    kinds = list(makeable(host))
    if Kind.ENROLLMENT in kinds:
        one, two = host.makes(plain(host, Kind.CLASS), plain(host, Kind.CLASS))
        begin = date(2026, 9, 1)
        rows = (one, gone), (two, gone), (one, kept)
        host.makes(
            *(Enrollment(class_=each, user=user, role="student", begin=begin if user == gone else None) for each, user in rows)
        )
    if Kind.DEMOGRAPHICS in kinds:
        host.makes(Demographics(user=gone, birth_date=date(2012, 3, 4)))
    if host.can(Action.LINK, Kind.USER):
        host.apply(link(Kind.USER, ("sis", "u1", gone), ("sis", "u2", kept)))
    return gone, kept, child


PROMISES = (
    links_are_kept,
    links_move_and_go,
    links_go_with_their_row,
    a_merged_account_takes_along_what_hangs_on_it,
    a_merge_that_cannot_be_meant_fails_alone,
)
