"""What a night takes under settings of polars that are environment variables, as a table: `python -m benchmarks.settings [STUDENTS]`."""

from collections.abc import Mapping, Sequence

from benchmarks.measuring import Runs, once
from benchmarks.nights import HERE, as_of, prepared, table
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

__all__ = ["SETTINGS", "main"]

PLAIN = "as polars comes"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    PLAIN: {},
    "POLARS_MAX_THREADS=1": {"POLARS_MAX_THREADS": "1"},
    "memory given back at once": {"_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"},
    "memory given back after 10 s": {"_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000"},
    "POLARS_THP=1": {"POLARS_THP": "1"},
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the same night under each setting, in turns."""
    parser = parser_of("benchmarks.settings", __doc__, runs=3)
    parser.add_argument("students", nargs="?", type=int, default=100_000)
    options = parser.parse_args(arguments)
    reporter = Reporter(options, "settings")
    folder = prepared(options.students, options.data)
    command = [str(HERE / "ours.py"), str(folder), as_of(folder), str(folder / "ours.jsonl")]
    turns = [{name: once(command, setting) for name, setting in SETTINGS.items()} for _ in range(1 + options.runs)][1:]
    found = Measurement(
        name=f"Settings: the night at {options.students:,} students",
        programs={name: Runs(tuple(turn[name] for turn in turns)) for name in SETTINGS},
        ours=tuple(SETTINGS),
        floor=PLAIN,
        students=options.students,
    )
    reporter.keep([found])
    reporter.say(table(found, PLAIN))
    reporter.fill()


if __name__ == "__main__":
    main()
