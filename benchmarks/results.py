"""What was measured, on which machine and with which versions, as a value and as a file of JSON.

Nothing big is imported here, as in `measuring`.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from benchmarks import ENVIRONMENT
from benchmarks.measuring import Runs

__all__ = ["FOLDER", "Measurement", "Results", "begun", "machine_line", "read_results", "write_results"]

FOLDER = Path(__file__).parent / ".results"
"""Where results are kept that nobody named a file for."""
_FORMAT = "oneroster-reconcile/benchmark"
_VERSION = 1
_PACKAGES = ("oneroster-reconcile", "polars", "numpy", "pandas", "pyarrow", "duckdb", "sqlalchemy", "dask")
_SETTINGS = ("POLARS_MAX_THREADS", "POLARS_THP", "_RJEM_MALLOC_CONF", "MALLOC_ARENA_MAX")
"""What in the environment makes polars faster or slower, smaller or bigger."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What programs took that were measured in turns.

    `ours` are those that run the library. `floor` is the program whose seconds say how fast the machine is; blank where there is none. `students` is 0 for what has no students.
    """

    name: str
    programs: Mapping[str, Runs]
    ours: tuple[str, ...]
    floor: str = ""
    students: int = 0


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything that was measured from one start on."""

    started: str
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    measurements: tuple[Measurement, ...] = ()

    def including(self, found: Iterable[Measurement]) -> Self:
        """The same with more measurements."""
        return replace(self, measurements=(*self.measurements, *found))


def begun() -> Results:
    """No measurements yet: the moment, the machine with its load before anything is measured, and the versions."""
    return Results(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        machine={
            "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "processor": _processor(),
            "memory": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "system": f"{platform.system()} {platform.machine()}",
            "kernel": platform.release(),
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        versions={"python": platform.python_version(), "commit": _commit(), **{name: _version(name) for name in _PACKAGES}},
        settings={name: ENVIRONMENT[name] for name in _SETTINGS if name in ENVIRONMENT},
    )


def machine_line(results: Results) -> str:
    """Day, machine and the versions that matter most, in a line."""
    machine, versions = results.machine, results.versions
    libraries = ", ".join(f"{name} {versions[name]}" for name in ("polars", "pandas", "duckdb"))
    settings = "".join(f", {name}={value}" for name, value in results.settings.items())
    return (
        f"{results.started[:10]}: {machine['processors']} cores, {machine['memory']:.0f} GiB, load {machine['load'][0]:g} before, "
        f"Python {versions['python']}, {libraries}{settings}"
    )


def write_results(results: Results, path: Path) -> None:
    """Write results to a file, in a folder that is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "started": results.started,
        "machine": results.machine,
        "versions": results.versions,
        "settings": results.settings,
        "measurements": [_document(each) for each in results.measurements],
    }
    path.write_text(f"{json.dumps(document, ensure_ascii=False, indent=1)}\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote; raises ValueError where that is not what the file is."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (_FORMAT, _VERSION):
        raise ValueError(f"{path}: is not a file of results; give one that `python -m benchmarks` wrote")
    return Results(
        **{name: document[name] for name in ("started", "machine", "versions", "settings")},
        measurements=tuple(_measurement(each) for each in document["measurements"]),
    )


def _document(measurement: Measurement) -> Mapping[str, Any]:
    programs = {name: list(runs.figures) for name, runs in measurement.programs.items()}
    return {**vars(measurement), "programs": programs}


def _measurement(document: Mapping[str, Any]) -> Measurement:
    programs = {name: Runs(tuple(runs)) for name, runs in document["programs"].items()}
    return Measurement(**{**document, "programs": programs, "ours": tuple(document["ours"])})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _commit() -> str:
    """Which commit of this repository, and whether something was changed since; blank where there is no repository."""
    try:
        command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    """What the processor calls itself, on Linux."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
