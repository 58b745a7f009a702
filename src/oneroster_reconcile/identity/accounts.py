"""One person, several records of the source: who gets one account, and who nearly would."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.identity.comparisons import contradiction, evidence
from oneroster_reconcile.identity.side import Side, standing
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.matching import ACCOUNT_DUPLICATED, NEAR_DUPLICATE
from oneroster_reconcile.model.ids import provisional
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import group_of_roles
from oneroster_reconcile.policy.choices import Adoption

__all__ = ["duplicated", "joined", "named", "near_accounts", "near_duplicates", "spread", "units"]

_NAME = ("given_name", "family_name")
_TOLD_APART = ("birth_date", "identifier")
"""What two people of one name are told apart by, where both sides know it."""
_LINKS: Mapping[str, pl.DataType] = {"source_id": pl.String(), "host_id": pl.String(), "how": pl.String()}
_HELD: Mapping[str, pl.DataType] = {"source_id": pl.String(), "host_id": pl.String(), "why": pl.String()}
_PAIR: Mapping[str, pl.DataType] = {"source_id": pl.String(), "host_id": pl.String()}
_UNITS: Mapping[str, pl.DataType] = {"source_id": pl.String(), "unit": pl.String()}


def units(side: Side) -> pl.DataFrame:
    """The records that are one person by the policy's `one_account`, as `source_id, unit`; who is alone is not in it.

    All of the columns are known and the same. Nobody with a role of a student takes part, nor anybody whose roles are not known: two children of one address must not
    become one through whoever shares it with them.
    """
    columns = list(side.policy.people.one_account)
    if side.kind is not Kind.USER or not columns:
        return pl.DataFrame(schema=_UNITS)
    whole = _adults(side, columns).drop_nulls(columns)
    same = whole.filter(pl.struct(columns).is_duplicated())
    return same.select(source_id="id", unit=pl.col("id").min().over(columns)).sort("source_id")


def _adults(side: Side, columns: list[str]) -> pl.DataFrame:
    adults = side.present.filter(_is_adult(standing("role")))
    return evidence(adults, side.roster, columns, side.policy.people)


def _is_adult(roles: pl.Expr) -> pl.Expr:
    return (roles.list.len() > 0) & ~roles.list.contains("student")


def spread(pairs: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The pairs (`source_id, host_id, rule, agrees, contradicts`) with the `unit` of each: what is a pair of one record is a pair of all records of the person.

    Somebody who is alone is a unit. A person agrees with a host row if all of their records that share a key with it do.
    """
    own = pairs.join(members, on="source_id", how="left", maintain_order="left")
    alone = own.filter(pl.col("unit").is_null()).with_columns(unit="source_id")
    if alone.height == own.height:
        return alone
    several = (
        own.drop_nulls("unit")
        .group_by("unit", "host_id")
        .agg(pl.col("rule").min(), pl.col("agrees").all(), pl.col("contradicts").any())
    )
    return pl.concat([alone, members.join(several, on="unit").select(alone.columns)]).sort("source_id", "host_id")


def joined(
    rest: pl.DataFrame, side: Side, members: pl.DataFrame, linked: pl.DataFrame, contested: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of unlinked records that no rule paired: those that get the account another record of theirs has, as links, and the pairs of those who have several to choose from, or whose other record was not read."""
    if rest.is_empty() or (members.is_empty() and not side.policy.people.one_account):
        return pl.DataFrame(schema=_LINKS), pl.DataFrame(schema=_HELD)
    claims = pl.concat([linked.select("source_id", "host_id", sure=True), contested.select("source_id", "host_id", sure=False)])
    accounts = claims.join(members, on="source_id").select("unit", "host_id", "sure").unique()
    offered = rest.join(members, on="source_id").join(accounts, on="unit").select("source_id", "host_id", "sure")
    choices = pl.concat([offered, _of_unread(rest, side, linked)]).join(side.apart, on=["source_id", "host_id"], how="anti")
    only = pl.col("host_id").n_unique().over("source_id").eq(1) & pl.col("sure").all().over("source_id")
    told = choices.with_columns(only=only)
    links = told.filter("only").select("source_id", "host_id", how=pl.lit("one_account")).sort("source_id")
    waiting = told.filter(~pl.col("only")).select("source_id", "host_id", why=pl.lit("disputed")).unique()
    return links, waiting.sort("source_id", "host_id")


def _of_unread(rest: pl.DataFrame, side: Side, linked: pl.DataFrame) -> pl.DataFrame:
    """The records that would be one person with the holder of an account if that account's own record, which could not be read, still says what the account does."""
    columns = list(side.policy.people.one_account)
    unread = (
        side.unread(linked).select("host_id") if side.kind is Kind.USER and columns and not rest.is_empty() else linked.clear()
    )
    if unread.is_empty():
        return pl.DataFrame(schema={**_PAIR, "sure": pl.Boolean()})
    ours = _adults(side, columns).join(rest, left_on="id", right_on="source_id", how="semi")
    held = (
        side.directory.users.lazy()
        .filter(_is_adult(standing("role")))
        .join(unread.lazy(), left_on="id", right_on="host_id", how="semi")
    )
    theirs = evidence(held, side.directory, columns, side.policy.people)
    return ours.join(theirs, on=columns).select(source_id="id", host_id="id_right", sure=False)


def named(rest: pl.DataFrame, members: pl.DataFrame, again: pl.Series, source: str) -> pl.DataFrame:
    """The provisional links of those who are new, one id a person: that of the smallest of the records; `again` are the source ids whose accounts were deleted."""
    if rest.is_empty():
        return pl.DataFrame(schema=_LINKS)
    unit = pl.coalesce("unit", "source_id")
    first = rest.join(members, on="source_id", how="left", maintain_order="left").with_columns(
        first=pl.col("source_id").min().over(unit), again=pl.col("source_id").is_in(again.implode()).any().over(unit)
    )
    how = pl.when("again").then(pl.lit("recreated")).otherwise(pl.lit("new"))
    return first.select("source_id", host_id=provisional(source, pl.col("first")), how=how)


def near_duplicates(side: Side, links: pl.DataFrame) -> Iterator[Issue]:
    """The records that would be one person but for one column, an issue a column; not those that have one account all the same."""
    columns = list(side.policy.people.one_account)
    if side.kind is not Kind.USER or len(columns) < 2:
        return
    people = _adults(side, columns).join(links.select(id="source_id", host_id="host_id"), on="id", how="left")
    for column in columns:
        others = [name for name in columns if name != column]
        alike = people.drop_nulls(others).filter(
            pl.struct(others).is_duplicated(),
            pl.coalesce("host_id", "id").n_unique().over(others) > 1,
            pl.col(column).n_unique().over(others).gt(1) | pl.col(column).is_null().any().over(others),
        )
        if not alike.is_empty():
            groups = alike.group_by(others).agg(pl.col("id").sort())["id"].list.join(" + ").sort().to_list()
            said = f"records differ in {column} alone, and are not joined"
            yield NEAR_DUPLICATE.issue(Ref(Kind.USER), said, Resolution.KEPT, rows=groups, count=alike.height)


def near_accounts(side: Side, new: pl.DataFrame, taken: pl.Series) -> Iterator[Issue]:
    """The people who get an account though one that nobody claims, and that is not `taken` in this run, is theirs but for one column, an issue a column."""
    columns = list(side.policy.people.one_account)
    if side.kind is not Kind.USER or len(columns) < 2 or new.is_empty():
        return
    ours = _adults(side, columns).join(new.select(id="source_id"), on="id", how="semi")
    accounts = side.directory.users.lazy().filter(_is_adult(standing("role")), _is_free(side, taken))
    theirs = evidence(accounts, side.directory, columns, side.policy.people)
    for column in columns:
        others = [name for name in columns if name != column]
        pairs = ours.join(theirs, on=others, suffix="_host").filter(pl.col(column).ne_missing(pl.col(f"{column}_host")))
        pairs = pairs.select(source_id="id", host_id="id_host").join(side.apart, on=["source_id", "host_id"], how="anti")
        if not pairs.is_empty():
            said = f"people get an account beside one that nobody claims and that differs in {column} alone"
            yield NEAR_DUPLICATE.issue(Ref(Kind.USER), said, Resolution.KEPT, rows=_named_pairs(pairs))


def duplicated(side: Side, new: pl.DataFrame, taken: pl.Series) -> Iterator[Issue]:
    """The people who are new because their group is never adopted, though somebody of their group and name has an account that nobody claims."""
    row = side.policy.row(side.kind)
    never = any(each.adoption is Adoption.NEVER for each in (row, *row.groups.values()))
    if side.kind is not Kind.USER or not never or new.is_empty():
        return
    made = (
        side.with_adoption(new).filter(pl.col("adoption") == Adoption.NEVER.value).join(side.groups, on="source_id", how="left")
    )
    columns = [*_NAME, *_TOLD_APART]
    ours = evidence(side.present, side.roster, columns, side.policy.people).join(made.select("group", id="source_id"), on="id")
    accounts = side.directory.users.lazy().filter(_is_free(side, taken))
    groups = accounts.select("id", group=group_of_roles(standing("role"))).collect()
    theirs = evidence(accounts, side.directory, columns, side.policy.people).join(groups, on="id")
    pairs = ours.join(theirs, on=["group", *_NAME], suffix="_host").filter(~pl.any_horizontal(map(contradiction, _TOLD_APART)))
    if not pairs.is_empty():
        said = "people get an account beside one of the same name, which the policy leaves alone"
        rows = _named_pairs(pairs.select(source_id="id", host_id="id_host"))
        yield ACCOUNT_DUPLICATED.issue(Ref(Kind.USER), said, Resolution.KEPT, rows=rows)


def _is_free(side: Side, taken: pl.Series) -> pl.Expr:
    return pl.col("id").is_in(side.free.implode()) & ~pl.col("id").is_in(taken.implode())


def _named_pairs(pairs: pl.DataFrame) -> list[str]:
    """People, each with the accounts that may be theirs."""
    several = pairs.unique().sort("source_id", "host_id").group_by("source_id", maintain_order=True).agg("host_id")
    return [f"{source_id}: {', '.join(hosts)}" for source_id, hosts in several.iter_rows()]
