"""The lines of one tenant's plan, from its rows as Spark hands them, without Spark."""

import polars as pl
import pytest

from oneroster_reconcile import Base, Decision, DecisionsUnreadable, Directory, Kind, Ruling, presets, reconcile, validate
from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.fleet.performing import expectations_of
from oneroster_reconcile.fleet.spark import TenantTerms, lines_of, plan_of_lines
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.decisions import decisions_to_json
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.samples import district
from tests.fleet.conftest import AS_OF

POLICY = presets.mirror()
TERMS = TenantTerms(policy=POLICY, as_of=AS_OF, source="sis", kinds=tuple(Kind))
NEW = district(8, seed=1).roster
OMITTED = Decision(ruling=Ruling.OMIT, kind=Kind.USER, source="sis", rows=(NEW.users.frame["id"][0],), by="support")


def together(tenant: str | None, parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows of several parts below each other."""
    named = (
        frame.cast({pl.Enum: pl.String, pl.Categorical: pl.String}).select(  # type: ignore[dict-item]
            pl.lit(tenant, pl.String()).alias("tenant"), pl.lit(name).alias("part"), pl.struct(pl.all()).alias(name)
        )
        for name, frame in parts.items()
    )
    return pl.concat(named, how="diagonal")


def side(name: str, tables: Tables) -> dict[str, pl.DataFrame]:
    """The parts of one side."""
    return {f"{name}_{kind}": tables[kind].frame for kind in Kind if len(tables[kind])}


def decided(*documents: str) -> dict[str, pl.DataFrame]:
    """The part of decisions."""
    return {"decisions": pl.DataFrame({"document": documents})}


@pytest.mark.parametrize("decisions", [(), (OMITTED,)])
def test_the_lines_are_the_plan_of_the_tenant_alone(decisions: tuple[Decision, ...]) -> None:
    """With what people decided, wherever they decided anything."""
    report = validate(NEW, base=Base(), as_of=AS_OF, expecting=expectations_of(POLICY))
    expected = reconcile(report.roster, Directory(), base=Base(), policy=POLICY, as_of=AS_OF, decisions=decisions)
    parts = {**side("roster", NEW), **(decided(*(decisions_to_json([each]) for each in decisions)) if decisions else {})}
    lines = lines_of(together("new", parts), TERMS)
    assert lines["digest"].unique().to_list() == [expected.digest]
    assert len(plan_of_lines(lines["text"])) == len(expected)
    assert (OMITTED.rows[0] in "".join(lines["id"].drop_nulls())) is not bool(decisions)


def test_what_was_remembered_is_known() -> None:
    """A second night finds nothing to do."""
    host, state = MemoryHost(), MemoryState()
    report = validate(NEW, as_of=AS_OF, expecting=expectations_of(POLICY))
    apply(reconcile(report.roster, host.snapshot(), base=state.base, policy=POLICY, as_of=AS_OF), host, state)
    base = state.base
    parts = {**side("roster", NEW), **side("directory", host.snapshot()), **side("base", base)}
    noted = {name: frame for name, frame in (("absences", base.absences), ("history", base.history)) if frame.height}
    lines = lines_of(together("known", {**parts, **noted, "crosswalk": base.crosswalk.frame}), TERMS)
    assert lines["outcome"].unique().to_list() == ["Planned"]
    assert lines["verb"].drop_nulls().to_list() == []


def test_rows_without_a_tenant_are_nobodys() -> None:
    """They have one row, and are not the district that is called None."""
    lines = lines_of(together(None, side("roster", NEW)), TERMS)
    assert lines.select("tenant", "outcome", "digest", "line").rows() == [(None, "Failed", None, 0)]
    assert "there are rows without a tenant" in lines["text"].item()


def test_decisions_that_cannot_be_read_are_the_tenants_own_failure() -> None:
    """No plan is made as if nobody had decided anything."""
    lines = lines_of(together("new", {**side("roster", NEW), **decided("{}")}), TERMS)
    assert lines["text"].item().startswith(f"{DecisionsUnreadable.__name__}: ")
