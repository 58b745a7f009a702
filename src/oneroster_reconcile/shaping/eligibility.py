"""Eligibility: what the product cannot take is left as it is, with what hangs on it, and said once a cause."""

from collections.abc import Iterator

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.shaping import (
    NCES_DISAGREES,
    NCES_MISSING,
    REQUIREMENT_UNMET,
    SCHOOL_UNLISTED,
    SCHOOL_WITHOUT_PEOPLE,
)
from oneroster_reconcile.model.coverage import Extent
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.nces import nces_id, nces_ids_disagree
from oneroster_reconcile.model.roles import group_of_roles
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import fields_of, is_blank, row_class, schema_of
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.texts import normal
from oneroster_reconcile.policy.eligibility import ENTRIES, Requirement
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.shaping.ineligible import with_ineligible
from oneroster_reconcile.validation.findings import Finding

__all__ = ["eligible"]

_LIVING = pl.col("state") != State.TOBEDELETED.value
_SINGLE = 20
"""How many schools of a kind get an issue of their own."""
_NUMBERS = ("phone", "sms")
_Known = tuple[Crosswalk, tuple[str, ...]]
"""By what two records are one person's: the links, and the columns that make one account."""


def eligible(roster: Roster, policy: Policy, links: Crosswalk) -> Roster:
    """The roster with the keys of what the policy's requirements keep out in `ineligible`.

    Only rows that have not ended are looked at: an end needs nothing but the row's id. Kinds are looked at in their order, each without what an org or person that was kept
    out takes along, so that one cause is said once. `links` are those that are known; two records of one account share an address without harm, as do those that will be one by the policy's `one_account`.
    """
    if not policy.requires:
        return roster
    asked_of_orgs = any(one.kind is Kind.ORG for one in policy.requires)
    if asked_of_orgs and roster.coverage.read(Kind.ORG).extent is not Extent.DELTA:
        # Of an org whose row was lost nobody knows whether it still has what is asked of it.
        links = links.excluding(links.frame.filter(pl.col("kind") == Kind.ORG.value))
    for kind in Kind:
        roster = _along(roster, kind)
        for requirement in (one for one in policy.requires if one.kind is kind):
            for need in requirement.needs:
                roster = _asked(roster, requirement, need, (links, policy.people.one_account))
    return evolve(roster, issues=(*roster.issues, *_remarks(roster, policy)))


def _living(roster: Roster, kind: Kind) -> pl.DataFrame:
    return roster.eligible(kind).filter(_LIVING).collect()


def _ids(roster: Roster, kind: Kind) -> pl.Series:
    """The ids of what was kept out."""
    aside = roster.ineligible.get(kind)
    return pl.Series([], dtype=pl.String) if aside is None else aside["id"]


def _along(roster: Roster, kind: Kind) -> Roster:
    """What cannot be without a row that was kept out: the courses, classes and people of an org, the classes of a course, what people and classes have.

    Of a row that was lost on the way nobody knows whether it would have been kept out; a course that is not listed is a matter of its own, and so is whatever a delta leaves out.
    """
    orgs = _ids(roster, Kind.ORG)
    if kind is Kind.USER and len(orgs):
        return _without_roles(roster, orgs)
    places = {
        Kind.COURSE: {"org": Kind.ORG},
        Kind.CLASS: {"school": Kind.ORG, "course": Kind.COURSE},
        Kind.DEMOGRAPHICS: {"user": Kind.USER},
        Kind.ENROLLMENT: {"class_": Kind.CLASS, "user": Kind.USER},
    }.get(kind, {})
    hangs = {column: pl.col(column).is_in(ids.implode()) for column, of in places.items() if len(ids := _ids(roster, of))}
    for column, of in places.items():
        if of is not Kind.COURSE and roster.coverage.read(of).extent is not Extent.DELTA:
            unseen = ~pl.col(column).is_in(roster[of].frame["id"].implode())
            hangs[column] = hangs[column] | unseen if column in hangs else unseen
    if not hangs:
        return roster
    because = pl.coalesce(pl.when(hung).then(pl.format(f"{places[column]}/{{}}", column)) for column, hung in hangs.items())
    return with_ineligible(roster, kind, _living(roster, kind).filter(pl.any_horizontal(*hangs.values())), because=because)


def _without_roles(roster: Roster, orgs: pl.Series) -> Roster:
    """People all of whose roles are in orgs that were kept out are kept out, too; others only lose those roles."""
    there = pl.element().struct.field("org").is_in(orgs.implode())
    alive = _role_lives()
    elsewhere = pl.col("roles").list.eval(alive & ~there).list.any()
    here = pl.col("roles").list.eval(there).list.any()
    only = pl.col("roles").list.eval(alive & there).list.any() & ~elsewhere
    first = pl.col("roles").list.eval(pl.element().filter(alive & there)).list.first().struct.field("org")
    roster = with_ineligible(roster, Kind.USER, _living(roster, Kind.USER).filter(only), because=pl.format("org/{}", first))
    rest = pl.col("roles").list.eval(pl.element().filter(~there))
    kept = pl.when(here & elsewhere).then(rest).otherwise("roles").alias("roles")
    return roster.with_tables({Kind.USER: Table(roster.users.row, roster.users.frame.with_columns(kept))})


def _role_lives() -> pl.Expr:
    return pl.element().struct.field("state") != State.TOBEDELETED.value


def _asked(roster: Roster, requirement: Requirement, need: str, known: _Known) -> Roster:
    """The roster without the rows that lack one thing."""
    rows = _living(roster, requirement.kind)
    if requirement.types is not None:
        rows = rows.filter(pl.col("type").is_in(sorted(requirement.types)))
    if requirement.groups is not None:
        roles = pl.col("roles").list.eval(pl.element().filter(_role_lives()).struct.field("role"))
        rows = rows.filter(group_of_roles(roles).is_in([group.value for group in requirement.groups]))
    if need == "school":
        lacking = rows.filter(~pl.col("roles").list.eval(_role_lives() & _is_listed(roster, known[0])).list.any())
        said = _unlisted(lacking)
    elif Requirement.is_unique(need):
        lacking = rows.join(_unshared(roster, requirement, need, known), on="id", how="anti", maintain_order="left")
        said = _unmet(roster, requirement, need, lacking)
    else:
        missing = [_is_missing(requirement.kind, name) for name in Requirement.alternatives(need)]
        lacking = rows.filter(pl.all_horizontal(missing))
        said = _unnumbered(roster, lacking) if need == "nces_id" else _unmet(roster, requirement, need, lacking)
    if lacking.is_empty():
        return roster
    code = pl.lit((NCES_MISSING if need == "nces_id" else REQUIREMENT_UNMET).slug)
    if need == "school":
        code = pl.when(pl.col("roles").list.eval(_role_lives()).list.any()).then(pl.lit(SCHOOL_UNLISTED.slug)).otherwise(code)
    return with_ineligible(evolve(roster, issues=(*roster.issues, *said)), requirement.kind, lacking, code=code)


def _is_missing(kind: Kind, name: str) -> pl.Expr:
    if name == "nces_id":
        return nces_id().is_null()
    column, _, entry = name.partition(".")
    if entry:
        key, value = ENTRIES[column]
        of = pl.element().struct.field(value).filter(pl.element().struct.field(key) == entry)
        return pl.col(column).list.eval(of).list.first().is_null()
    shape = next(each.shape for each in fields_of(row_class(kind)) if each.name == column)
    return is_blank(pl.col(column), shape)


def _unshared(roster: Roster, requirement: Requirement, need: str, known: _Known) -> pl.DataFrame:
    """The ids of all who have one of the values that nobody else has; records of one person are one."""
    kind, (links, same) = requirement.kind, known
    hosts = links.links(roster.source, kind).unique("source_id").select(id="source_id", _host="host_id")
    rows = roster[kind].frame.filter(_LIVING).join(hosts, on="id", how="left").with_columns(_one_person(kind, same))
    host = pl.coalesce("_host", pl.col("_host").max().over("_person"))
    who = pl.coalesce(host, "_person")
    own = [(value.is_not_null() & (who.n_unique().over(value) == 1)) for value in map(_plain, Requirement.alternatives(need))]
    return rows.filter(pl.any_horizontal(own)).select("id")


def _one_person(kind: Kind, same: tuple[str, ...]) -> pl.Expr:
    """Who a row is before anybody has compared it with the host: the records that are the same in what makes one account, none of them a student's, are one person.

    What is no text column of a person (a birth date, an id of a type) is not looked at here: then every record is somebody else until it is linked.
    """
    own = pl.format("source {}", "id")
    texts = [name for name, dtype in schema_of(row_class(kind)).items() if dtype == pl.String]
    if kind is not Kind.USER or not same or not set(same) <= set(texts):
        return own.alias("_person")
    roles = pl.col("roles").list.eval(pl.element().filter(_role_lives()).struct.field("role"))
    joint = pl.format("one {}", pl.concat_str(*(_plain(name) for name in same), separator="\n"))
    grown = (roles.list.len() > 0) & ~roles.list.contains("student")
    return pl.coalesce(pl.when(grown).then(joint), own).alias("_person")


def _plain(name: str) -> pl.Expr:
    """A value without what makes no difference."""
    value = normal(pl.col(name))
    return value.str.replace_all(r"\D", "").replace("", None) if name in _NUMBERS else value


def _is_listed(roster: Roster, links: Crosswalk) -> pl.Expr:
    """Whether a role's org is in the roster, or may be: orgs that were not read are those that are linked and not named as ended, or as none that the product takes."""
    known = [_living(roster, Kind.ORG)["id"]]
    if Kind.ORG in roster.quarantine:
        known.append(roster.quarantine[Kind.ORG]["id"])
    if not roster.coverage.is_whole(Kind.ORG):
        linked = links.links(roster.source, Kind.ORG)["source_id"]
        known.append(linked.filter(~linked.is_in(roster.orgs.frame["id"].implode())))
    return pl.element().struct.field("org").is_in(pl.concat(known).implode())


def _unmet(roster: Roster, requirement: Requirement, need: str, lacking: pl.DataFrame) -> Iterator[Issue]:
    what = " or ".join(Requirement.alternatives(need))
    said = f"{what} is missing, or somebody else has the same" if Requirement.is_unique(need) else f"{what} is missing"
    groups = f" ({', '.join(sorted(requirement.groups))})" if requirement.groups else ""
    yield Finding(
        code=REQUIREMENT_UNMET,
        kind=requirement.kind,
        message=f"{said}, which the policy requires{groups}",
        rows=lacking,
        resolution=Resolution.QUARANTINED,
    ).issue(roster)


def _unlisted(lacking: pl.DataFrame) -> Iterator[Issue]:
    """People without a school: one issue for those without any role, and one an org that the roster lacks."""
    alive = pl.col("roles").list.eval(pl.element().filter(_role_lives()).struct.field("org")).alias("org")
    placed = lacking.select("id", alive)
    nowhere = placed.filter(pl.col("org").list.len() == 0)["id"].sort().to_list()
    placed = placed.filter(pl.col("org").list.len() > 0).explode("org")
    if nowhere:
        said = "people have no role in any school, which the policy requires"
        yield REQUIREMENT_UNMET.issue(Ref(Kind.USER), said, Resolution.QUARANTINED, rows=nowhere)
    orgs = placed.unique().sort("org", "id").group_by("org", maintain_order=True).agg("id")
    for org, people in orgs.head(_SINGLE).iter_rows():
        said = f"org {org} is not in the roster (people: {len(people):,})"
        yield SCHOOL_UNLISTED.issue(Ref(Kind.ORG, org), said, Resolution.QUARANTINED, rows=people)
    if orgs.height > _SINGLE:
        rest = orgs[_SINGLE:].explode("id")["id"].unique().sort().to_list()
        yield SCHOOL_UNLISTED.issue(Ref(Kind.ORG), "further orgs are not in the roster", Resolution.QUARANTINED, rows=rest)


def _unnumbered(roster: Roster, lacking: pl.DataFrame) -> Iterator[Issue]:
    """Orgs without an NCES id, each with the people whom it affects."""
    held = _people(roster).group_by("org").len("people")
    counted = lacking.join(held, left_on="id", right_on="org", how="left").sort("id").with_columns(pl.col("people").fill_null(0))
    for org, people in counted.head(_SINGLE).select("id", "people").iter_rows():
        said = f"org {org} has no NCES id (people: {people:,})"
        yield NCES_MISSING.issue(Ref(Kind.ORG, org), said, Resolution.QUARANTINED, rows=[org], count=max(people, 1))
    if counted.height > _SINGLE:
        rest = counted[_SINGLE:]
        yield NCES_MISSING.issue(
            Ref(Kind.ORG), "further orgs have no NCES id", Resolution.QUARANTINED, rows=rest["id"].to_list(), count=rest.height
        )


def _people(roster: Roster) -> pl.DataFrame:
    """Who the product can take, and where they are: `id, org`."""
    orgs = pl.col("roles").list.eval(pl.element().filter(_role_lives()).struct.field("org")).alias("org")
    return _living(roster, Kind.USER).select("id", orgs).filter(pl.col("org").list.len() > 0).explode("org").unique()


def _remarks(roster: Roster, policy: Policy) -> Iterator[Issue]:
    """What is only said: ids of schools that disagree, schools without anybody."""
    asked = {need for requirement in policy.requires for need in requirement.needs}
    if "nces_id" in asked:
        torn = _living(roster, Kind.ORG).filter(nces_ids_disagree())
        if not torn.is_empty():
            said = "is another NCES id than metadata.national_id"
            yield Finding(code=NCES_DISAGREES, kind=Kind.ORG, column="identifier", message=said, rows=torn).issue(roster)
    if "school" in asked and roster.coverage.is_whole(Kind.USER):
        schools = _living(roster, Kind.ORG).filter(pl.col("type") == "school")
        empty = schools.join(_people(roster), left_on="id", right_on="org", how="anti")
        if not empty.is_empty():
            said = "nobody whom the product can take is at the school"
            yield Finding(code=SCHOOL_WITHOUT_PEOPLE, kind=Kind.ORG, message=said, rows=empty).issue(roster)
