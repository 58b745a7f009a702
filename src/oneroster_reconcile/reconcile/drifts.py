"""Drift: ids that belong to other people, links between people of other names, names that slipped, classes whose students change."""

import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group, group_of_roles
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.policy.guards import ClassChurn, IdentityDrift, MergeDrift, Per, RenameShift
from oneroster_reconcile.reconcile.measures import COUNTS, HITS, Measure, allowed
from oneroster_reconcile.reconcile.people import Prospect, any_group, is_active

__all__ = ["churned", "merged_names", "renamed", "shifted"]

_LINKS = (Verb.LINK.value, Verb.RELINK.value)
_GONE = (Verb.SUSPEND.value, Verb.DELETE.value, Verb.UNENROLL.value)


def _same(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Whether two names are the same, case and blanks around them aside; a name that is not given contradicts none."""
    return (_normal(left) == _normal(right)).fill_null(value=True)


def _normal(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _side(name: str, side: str) -> pl.Expr:
    return pl.col(side).struct.field(name)


def _renamings(prospect: Prospect) -> pl.DataFrame:
    """The linked accounts whose given or family name changes, as `id, before, after` (whole names) and `both` (neither stays)."""
    same = [_same(_side(name, "before"), _side(name, "after")) for name in ("given_name", "family_name")]
    whole = {
        side: pl.concat_str([_normal(_side(name, side)) for name in ("given_name", "family_name")], separator="|")
        for side in ("before", "after")
    }
    updated = prospect.plan.frame(Kind.USER).filter(pl.col("verb").is_in([Verb.UPDATE.value, Verb.TRANSFER.value]))
    updated = updated.filter(pl.col("id").is_in(prospect.linked.implode()))
    return updated.filter(~(same[0] & same[1])).select("id", both=~same[0] & ~same[1], **whole)


def _everything_about(people: pl.DataFrame, prospect: Prospect) -> pl.DataFrame:
    """All changes of these people (`id, scope`), of their memberships and of their demographics."""
    columns = {Kind.USER: "id", Kind.DEMOGRAPHICS: "user", Kind.ENROLLMENT: "user"}
    parts: list[pl.DataFrame] = []
    for kind, column in columns.items():
        changes = prospect.plan.frame(kind)
        person = pl.col("id") if column == "id" else pl.coalesce("after", "before").struct.field(column)
        about = changes.select(pl.col("kind", "verb").cast(pl.String), "id", _person=person)
        parts.append(about.join(people.select("scope", _person="id"), on="_person").select(HITS.names()))
    return pl.concat(parts).cast(HITS)


def renamed(guard: IdentityDrift, prospect: Prospect) -> Measure:
    """The linked accounts of each group that would get both names of somebody else."""
    changed = _renamings(prospect).filter("both")
    if changed.is_empty():
        return Measure(pl.DataFrame(schema=COUNTS))
    of = prospect.people.filter(pl.col("id").is_in(prospect.linked.implode()), any_group(guard.groups))
    both = of.join(changed, on="id").select("id", scope="group")
    counts = of.group_by(scope="group").agg(of=pl.len().cast(pl.Int64))
    counted = both.group_by("scope").agg(counted=pl.len().cast(pl.Int64))
    counts = counts.join(counted, on="scope").with_columns(limit=allowed(guard.share, pl.col("of")))
    return Measure(counts.select(COUNTS.names()), _everything_about(both, prospect))


def shifted(guard: RenameShift, prospect: Prospect) -> Measure:
    """The linked accounts that would take a name which another gives up."""
    found = _renamings(prospect)
    taken = found.filter(pl.col("after").is_in(found["before"].implode())).select("id", scope=pl.lit(""))
    return _one(taken.height, len(prospect.linked), guard.share, _everything_about(taken, prospect))


def merged_names(guard: MergeDrift, prospect: Prospect) -> Measure:
    """The new links between people whose given or family name differs."""
    links = prospect.plan.links.get(Kind.USER)
    if links is None or (links := links.filter(pl.col("verb").is_in(_LINKS))).is_empty():
        return Measure(pl.DataFrame(schema=COUNTS))
    names = ("given_name", "family_name", "preferred_given_name")
    pairs = links.select("id", pl.col("kind", "verb").cast(pl.String), _source=_side("source_id", "after"))
    pairs = pairs.join(prospect.roster.users.frame.select(*names, _source="id"), on="_source", how="left")
    pairs = pairs.join(
        prospect.current.users.frame.select("id", *(pl.col(name).alias(f"{name}_c") for name in names)), on="id", how="left"
    )
    given = pl.any_horizontal(
        _same(pl.col(ours), pl.col(theirs)) & pl.col(ours).is_not_null() & pl.col(theirs).is_not_null()
        for ours in ("given_name", "preferred_given_name")
        for theirs in ("given_name_c", "preferred_given_name_c")
    )
    other = pairs.filter(~(given & _same(pl.col("family_name"), pl.col("family_name_c"))))
    return _one(other.height, links.height, guard.share, other.select(pl.lit("").alias("scope"), "kind", "verb", "id"))


def churned(guard: ClassChurn, prospect: Prospect) -> Measure:
    """The students that classes lose which go on."""
    students = any_group((Group.STUDENT,))
    changes = prospect.changes(Kind.ENROLLMENT, Per.CLASS, pl.lit(value=True)).filter(students)
    leaving = changes.filter(pl.col("verb").is_in(_GONE)).group_by("scope").agg(counted=pl.col("id").n_unique().cast(pl.Int64))
    ending = prospect.plan.frame(Kind.CLASS).filter(pl.col("verb").is_in(_GONE)).select(scope="id")
    # Only the classes that somebody leaves: they are few in an ordinary night.
    held = prospect.current.enrollments.lazy().filter(pl.col("class_").is_in(leaving["scope"].implode()), is_active())
    members = held.select(scope="class_", group=group_of_roles(pl.concat_list("role"))).filter(students).collect()
    of = members.group_by("scope").agg(of=pl.len().cast(pl.Int64))
    counts = (
        leaving.join(ending, on="scope", how="anti").join(of, on="scope").with_columns(limit=allowed(guard.share, pl.col("of")))
    )
    return Measure(counts.select(COUNTS.names()), changes.select(HITS.names()).cast(HITS))


def _one(counted: int, of: int, share: float, hits: pl.DataFrame) -> Measure:
    """A measure of the whole plan."""
    frame = pl.DataFrame({"scope": [""], "counted": [counted], "of": [of]}).with_columns(limit=allowed(share, pl.col("of")))
    return Measure(frame.cast(COUNTS), hits.cast(HITS))
