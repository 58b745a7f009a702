"""A promise about whatever may come: drawn rows in drawn steps."""

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from oneroster_reconcile.testing.promises.promise import Promise, Trials
from oneroster_reconcile.testing.scripts import Rows, Script, Step, steps
from oneroster_reconcile.testing.strategies import tables

__all__ = ["PROMISES"]

_PART = 20
"""An example takes many batches, and a read after each: a twentieth of the examples that the profile asks for."""


def whatever_is_asked_the_answer_is_true(trials: Trials) -> None:
    """Batches of any rows in any order: after each the host holds what it answered with ok, and is otherwise as it was."""

    @settings(
        max_examples=max(1, settings().max_examples // _PART),
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        phases=[phase for phase in settings().phases if phase is not Phase.explain],
    )
    @given(worlds=st.lists(tables(), min_size=1, max_size=2), script=steps(6))
    def tried(worlds: list[Rows], script: list[Step]) -> None:
        with trials() as trial:
            run = Script(trial)
            for number, (action, kind) in enumerate(script):
                if trial.can(action, kind):
                    run.run(worlds[number * len(worlds) // len(script)], (action, kind))

    tried()


PROMISES = (
    Promise(
        whatever_is_asked_the_answer_is_true.__name__,
        whatever_is_asked_the_answer_is_true.__doc__ or "",
        whatever_is_asked_the_answer_is_true,
    ),
)
