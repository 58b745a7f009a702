"""What every test relies on: Hypothesis' settings, and a word on which code is under test."""

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

import oneroster_reconcile

pytest.register_assert_rewrite("tests.laws.runs", "tests.validation.damage")

# Time limits for one example say more about the machine than about the code, and a law of few examples meets its assumptions by luck. `thorough` is for a night: HYPOTHESIS_PROFILE=thorough.
# The phase that explains a failure costs minutes where one example costs a tenth of a second, and says little of frames.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.register_profile("ci", settings.get_profile("house"), derandomize=True, database=None)
settings.register_profile("thorough", settings.get_profile("house"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") == "true" else "house"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium of the system; where there is none the test is skipped, or fails if this is CI."""
    program = shutil.which("chromium")
    if program is None:
        reason = "there is no chromium; install Debian's package of that name"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield opened
        opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the package came from: `src` while one works on it, the environment's wheel in `make test`."""
    terminalreporter.write_line(f"tested: {Path(*oneroster_reconcile.__path__)}")
