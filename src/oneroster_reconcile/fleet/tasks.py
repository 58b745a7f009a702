"""`Task`: a tenant and what is to be done about it, as it is sent to whoever works on it."""

import json
from datetime import date
from enum import StrEnum

from attrs import frozen

from oneroster_reconcile.fleet.documents import tenant_converter
from oneroster_reconcile.fleet.tenant import Tenant

__all__ = ["Job", "Task", "task_from_json", "task_to_json"]


class Job(StrEnum):
    """What is done: a plan is made, one that was made is applied, or both in one go.

    >>> [each.value for each in Job]
    ['plan', 'apply', 'run']
    """

    PLAN = "plan"
    APPLY = "apply"
    RUN = "run"


@frozen(kw_only=True)
class Task:
    """One tenant's work of one night; `plan` is the file that the plan is written to, or read from.

    >>> from oneroster_reconcile.fleet.tenant import Files
    >>> tenant = Tenant(id="pf", source=Files(path="pf.zip"), host="sqlite:///h.db", policy="careful", state="st")
    >>> task = Task(tenant=tenant, job=Job.RUN, as_of=date(2026, 9, 1))
    >>> task_from_json(task_to_json(task)) == task
    True
    """

    tenant: Tenant
    job: Job
    as_of: date
    plan: str = ""


def task_to_json(task: Task) -> str:
    """A task as one line of JSON."""
    return json.dumps(tenant_converter().unstructure(task))


def task_from_json(text: str) -> Task:
    """The task in such a line."""
    return tenant_converter().structure(json.loads(text), Task)
