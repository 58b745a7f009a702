"""Who is blocked: people for whom no account is made or linked until something is mended, though nobody has to choose."""

import polars as pl

from oneroster_reconcile.identity.comparisons import address, form
from oneroster_reconcile.identity.probabilistic.normal_forms import domain
from oneroster_reconcile.identity.side import Side, standing
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import Adoption
from oneroster_reconcile.validation.masking import is_masked

__all__ = ["keyless", "trusted", "untrusted"]

_OF_A_TYPE = "user_ids."
_DOUBTS = {"source_id": pl.String(), "school": pl.String(), "domain": pl.String()}


def keyless(rest: pl.DataFrame, side: Side, members: pl.DataFrame) -> pl.DataFrame:
    """Of those who would be new: who has a key of a rule that is masked, or none at all where the policy requires one, as `source_id, why`; with the other records of theirs."""
    rules = side.policy.rules.get(side.kind, ())
    keys = [rule.keys for rule in rules if rule.keys]
    if side.kind is not Kind.USER or not side.compares or not keys or rest.is_empty():
        return pl.DataFrame(schema={"source_id": pl.String(), "why": pl.String()})
    asked = rest if side.comparing is None else rest.join(side.comparing.to_frame("source_id"), on="source_id", how="semi")
    masked = pl.any_horizontal(_masked(column) for column in dict.fromkeys(column for each in keys for column in each))
    known = pl.any_horizontal(pl.all_horizontal(form(column).is_not_null() for column in each) for each in keys)
    required = side.policy.people.key_required and all(rule.keys for rule in rules)
    missing = ~known if required else pl.lit(value=False)
    births = side.roster.demographics.lazy().select(id="user", birth_date="birth_date")
    rows = side.present.join(asked.lazy().select(id="source_id"), on="id", how="semi").join(births, on="id", how="left")
    why = pl.when(masked).then(pl.lit("masked")).when(missing).then(pl.lit("missing_key"))
    found = rows.select(source_id="id", why=why).drop_nulls("why").collect()
    return _with_the_rest(found, rest, members)


def _with_the_rest(found: pl.DataFrame, rest: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    units = rest.join(members, on="source_id", how="left").with_columns(unit=pl.coalesce("unit", "source_id"))
    reasons = found.join(units, on="source_id").group_by("unit").agg(pl.col("why").min())
    return units.join(reasons, on="unit").select("source_id", "why").sort("source_id")


def _masked(column: str) -> pl.Expr:
    """Whether a key is masked, as it was read."""
    if column == "birth_date":
        return pl.lit(value=False)
    if column.startswith(_OF_A_TYPE):
        of_type = pl.element().struct.field("type") == column.removeprefix(_OF_A_TYPE)
        first = pl.col("user_ids").list.eval(pl.element().struct.field("identifier").filter(of_type)).list.first()
        return is_masked(column, first).fill_null(value=False)
    return is_masked(column, pl.col(column)).fill_null(value=False)


def untrusted(pairs: pl.DataFrame, side: Side) -> pl.DataFrame:
    """Of students whom several accounts match: the domains of addresses involved that a school of theirs does not trust, as `source_id, school, domain`.

    `pairs` are those of people without a link (`source_id, host_id`). An address is involved if it is the student's or that of one of the accounts.
    """
    people = side.policy.people
    several = pairs.filter(pl.col("host_id").n_unique().over("source_id") > 1)
    if side.kind is not Kind.USER or people.trusted_domains is None or several.is_empty():
        return pl.DataFrame(schema=_DOUBTS)
    students = several.join(side.groups.filter(pl.col("group") == Group.STUDENT.value), on="source_id", how="semi")
    everybody = side.present.select(source_id="id", school=standing("org"), domain=domain(address(pl.col("email"), people)))
    ours = everybody.join(students.lazy().select("source_id").unique(), on="source_id", how="semi").collect()
    theirs = side.directory.users.lazy().select(host_id="id", domain=domain(address(pl.col("email"), people)))
    held = students.lazy().join(theirs, on="host_id").select("source_id", "domain").collect()
    involved = pl.concat([ours.select("source_id", "domain"), held]).drop_nulls().unique()
    placed = ours.select("source_id", "school").explode("school").unique().join(involved, on="source_id")
    doubts = [row for row in placed.iter_rows() if not people.trusts(row[1], row[2])]
    return pl.DataFrame(doubts, schema=_DOUBTS, orient="row").sort(list(_DOUBTS))


def trusted(held: pl.DataFrame, side: Side) -> pl.DataFrame:
    """Of the pairs that wait (`source_id, host_id, why`): those of students whose accounts the policy merges without asking, as `source_id, host_id`.

    Every pair of theirs agrees, each account has an address and is not pinned, and (`untrusted` has seen to it) their schools trust every domain. A merge cannot be taken back, so nothing
    may hide in what was not read, or lie out of scope.
    """
    people = side.policy.people
    if held.is_empty() or not people.merges_trusted or people.trusted_domains is None:
        return held.clear().drop("why")
    whole = side.policy.scope.is_everything and side.was_read_in_full()
    pairs = held.filter((pl.col("why") == "mergeable").all().over("source_id")).select("source_id", "host_id")
    if pairs.is_empty() or not (whole and _is_whole(side)):
        return pairs.clear()
    with_address = side.directory.users.lazy().select(host_id="id", email=address(pl.col("email"), people)).drop_nulls().collect()
    pinned = pl.col("host_id").is_in(side.rulings.pins(side.kind).implode())
    fit = pl.col("host_id").is_in(with_address["host_id"].implode()) & ~pinned
    eligible = side.with_adoption(pairs.join(side.ineligible, on="source_id", how="anti", maintain_order="left"))
    exact = eligible.filter(pl.col("adoption") == Adoption.EXACT.value).drop("adoption")
    return exact.filter(fit.all().over("source_id")).sort("source_id", "host_id")


def _is_whole(side: Side) -> bool:
    return all(each.coverage.is_whole(side.kind) for each in (side.roster, side.directory))
