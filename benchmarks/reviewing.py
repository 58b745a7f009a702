"""Measure the review page of a night's plan in Chromium, take the night back again, and print a table in Markdown.

`python -m benchmarks.reviewing [STUDENTS]`. Two plans of a generated district are looked at: of a night on which a twentieth of all rows changed, and of the night that leads into a new school year. A page opens
from the moment it is asked for until its list stands there, in a window of its own; a filter answers from the key or choice to the next picture, with the rows that were found. The usual night is then
applied to a host in memory and taken back, and the host compared with what it was, kind by kind, byte for byte.
"""

import argparse
import shutil
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from oneroster_reconcile import ChangePlan, Directory, Kind, MemoryHost, MemoryState, apply, inverse, presets, reconcile
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.render.review_page import review_page
from oneroster_reconcile.samples import District, district, evolve

HERE = Path(__file__).parent
POLICY = presets.mirror()
OPENS, ANSWERS = 2.0, 0.1
"""The goals, in seconds."""
_ANSWER = """([selector, event, value]) => new Promise((done) => {
    const control = document.querySelector(selector), start = performance.now(), found = document.querySelector("#changes .found");
    const before = found.textContent;
    const look = () => found.textContent === before ? requestAnimationFrame(look) : requestAnimationFrame(() => done(performance.now() - start));
    control.value = value;
    control.dispatchEvent(new Event(event, { bubbles: true }));
    look();
})"""
FILTERS = {
    "a verb is chosen": ("#verb", "change", "update"),
    "words are searched": ("#query", "input", "an"),
    "words nobody has": ("#query", "input", "nobody is called so"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the plans and their pages, look at them, take a night back, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviewing", description=__doc__)
    parser.add_argument("students", nargs="?", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, default=HERE / ".data")
    options = parser.parse_args(arguments)
    options.data.mkdir(exist_ok=True)
    evening = district(options.students, seed=1)
    host, state = MemoryHost(), MemoryState()
    apply(reconcile(evening.roster, host.snapshot(), base=state.base, policy=POLICY, as_of=evening.on), host, state)
    print(f"| {options.students:,} students | changes | page MB | median | slowest | |")
    print("|---|---|---|---|---|---|")
    nights = {"a night": next(evolve(evening, seed=1, churn=0.05)), "a new year": next(evolve(evening, seed=1, rollover=True))}
    for name, night in nights.items():
        plan, page = _page(night.district, host, state, options.data / "review.html")
        size = f"{len(plan):,} | {page.stat().st_size / 1e6:.1f}"
        for what, seconds, goal in _looked_at(page, options.runs):
            verdict = "met" if max(seconds) <= goal else "missed"
            print(f"| {name}: {what} | {size} | {_said(median(seconds))} | {_said(max(seconds))} | {verdict} |")
    print(f"\n{_taken_back(nights['a night'].district, host, state)}")


def _said(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _planned(night: District, host: MemoryHost, state: MemoryState) -> ChangePlan:
    return reconcile(night.roster, host.snapshot(), base=state.base, policy=POLICY, as_of=night.on)


def _page(night: District, host: MemoryHost, state: MemoryState, path: Path) -> tuple[ChangePlan, Path]:
    plan = _planned(night, host, state)
    review_page(plan, path, directory=host.snapshot(), roster=night.roster)
    return plan, path


def _looked_at(path: Path, runs: int) -> Iterator[tuple[str, list[float], float]]:
    """What was done on a page, how many seconds each time took, and how many it may."""
    opened: list[float] = []
    answered: dict[str, list[float]] = {name: [] for name in FILTERS}
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(runs + 1):
            page: Any = browser.new_page()
            start = time.perf_counter()
            page.goto(path.as_uri())
            page.wait_for_selector("#changes .long tbody tr[aria-rowindex]")
            opened.append(time.perf_counter() - start)
            for name, steps in FILTERS.items():
                answered[name].append(page.evaluate(_ANSWER, list(steps)) / 1000)
                page.evaluate("document.querySelector('#changes form').reset()")
                page.evaluate(_ANSWER, [steps[0], steps[1], ""])
            page.close()
        browser.close()
    yield "it opens", opened[1:], OPENS
    for name, seconds in answered.items():
        yield name, seconds[1:], ANSWERS


def _taken_back(night: District, host: MemoryHost, state: MemoryState) -> str:
    """Whether a night that was applied and taken back left the host as it was."""
    before, held = state.base, _bytes(host.snapshot())
    plan = _planned(night, host, state)
    receipts = apply(plan, host, state)
    back = inverse(plan, receipts, before=before, now=state.base, directory=host.snapshot(), policy=POLICY)
    lost = {(each.kind, each.id) for each in back.irreversible}
    answers = apply(back.plan, host, state)
    kept = [kind for kind in Kind if kind not in {kind for kind, _ in lost}]
    same = [kind for kind in kept if _bytes(host.snapshot())[kind] == held[kind]]
    return (
        f"{len(receipts) - len(receipts.failures):,} changes were applied, {len(answers) - len(answers.failures):,} taken back, {len(lost):,} could not be; "
        f"of {len(kept)} kinds without a loss {len(same)} are byte for byte what they were."
    )


def _bytes(directory: Directory) -> dict[Kind, bytes]:
    """The rows of each kind by their keys, as JSON writes them: a missing value takes bytes of its own in memory."""
    return {kind: directory[kind].frame.sort(keys_of(row_class(kind))).write_ndjson().encode() for kind in Kind}


if __name__ == "__main__":
    main()
