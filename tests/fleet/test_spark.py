"""Rosters as tables: what Spark plans for each tenant is what is planned for it alone."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
import pytest

from oneroster_reconcile import Base, ChangePlan, Decision, Directory, Kind, Roster, Ruling, presets, reconcile, validate
from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.fleet.performing import expectations_of
from oneroster_reconcile.fleet.spark import TenantTables, plan_of_lines, plan_tables
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.issues.errors import PlanUnreadable
from oneroster_reconcile.model.decisions import decisions_to_json
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.samples import district, evolve
from tests.fleet.conftest import AS_OF

pytest.importorskip("pyspark", reason="the extra spark is not installed")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
    # Of pyspark, about what it imports itself.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
]
POLICY = presets.mirror()
Rows = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """One session of one thread, whose Python is this one."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("POLARS_MAX_THREADS", "1")
        settings = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g",
        }
        builder = SparkSession.builder.master("local[1]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


def table(spark: Any, frames: Mapping[str | None, pl.DataFrame]) -> Any:
    """The rows of all tenants as one table of Spark, in which words of a vocabulary are text."""
    made = pl.concat(frame.select(pl.lit(name, pl.String()).alias("tenant"), pl.all()) for name, frame in frames.items())
    return spark.createDataFrame(made.cast({pl.Enum: pl.String, pl.Categorical: pl.String}).to_arrow())


def tables(spark: Any, sides: dict[str, Tables]) -> dict[Kind, Any]:
    """The tables of one side of all tenants."""
    found = {kind: {name: side[kind].frame for name, side in sides.items() if len(side[kind])} for kind in Kind}
    return {kind: table(spark, frames) for kind, frames in found.items() if frames}


def alone(roster: Roster, directory: Directory, base: Base, *decisions: Decision) -> ChangePlan:
    """What is planned for a tenant by itself."""
    report = validate(roster, base=base, as_of=AS_OF, expecting=expectations_of(POLICY))
    return reconcile(report.roster, directory, base=base, policy=POLICY, as_of=AS_OF, decisions=decisions)


def test_the_plans_of_a_lakehouse_are_those_of_each_tenant_alone(spark: Any) -> None:
    """A first sync with a decision, a night after one, a tenant whose rows cannot be, and rows of nobody's: plans come as tables, can be read back, and one's failure is its own row."""
    new, known = district(8, seed=1), district(10, seed=2)
    host, state = MemoryHost(), MemoryState()
    apply(alone(known.roster, host.snapshot(), state.base), host, state)
    (night,) = evolve(known, churn=0.1)
    omitted = Decision(ruling=Ruling.OMIT, kind=Kind.USER, source="sis", rows=(new.roster.users.frame["id"][0],), by="support")
    rosters = {"new": new.roster, "known": night.district.roster}
    expected = {
        "new": alone(new.roster, Directory(), Base(), omitted),
        "known": alone(night.district.roster, host.snapshot(), state.base),
    }
    torn = pl.DataFrame({"source": ["sis"], "kind": ["wizard"], "source_id": ["u1"], "host_id": ["1"]})
    links = {"known": state.base.crosswalk.frame.cast({pl.Enum: pl.String}), "torn": torn, None: torn}
    lakehouse = TenantTables(
        roster=tables(spark, rosters),
        directory=tables(spark, {"known": host.snapshot()}),
        base=tables(spark, {"known": state.base}),
        crosswalk=table(spark, links),
        decisions=table(spark, {"new": pl.DataFrame({"document": [decisions_to_json([omitted])]})}),
    )
    rows = plan_tables(lakehouse, policy=POLICY, as_of=AS_OF, source="sis").toArrow()
    found = pl.DataFrame(pl.from_arrow(rows)).sort("tenant", "line")
    for name, plan in expected.items():
        own = found.filter(pl.col("tenant") == name)
        assert own["digest"].unique().to_list() == [plan.digest]
        assert plan_of_lines(own["text"]).digest == plan.digest
        assert own["verb"].drop_nulls().len() == len(plan)
        with pytest.raises(PlanUnreadable):
            plan_of_lines(own["text"].head(-1))
    failed = found.filter(pl.col("tenant") == "torn")
    assert failed.select("outcome", "digest", "line").rows() == [("Failed", None, 0)]
    assert failed["text"].item().startswith("InvalidOperationError: raised in ")
    assert found.filter(pl.col("tenant").is_null()).select("outcome", "line").rows() == [("Failed", 0)]
