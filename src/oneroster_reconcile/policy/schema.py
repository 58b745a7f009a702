"""The JSON Schema (2020-12) of a policy's document, which editors check TOML against, too."""

from typing import Any, Final

from oneroster_reconcile.model.json_schema import Definitions, document_schema
from oneroster_reconcile.policy.documents import FORMAT, VERSION
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS

__all__ = ["policy_schema"]

_NONE: Final = {"const": False}
"""TOML has no null."""


def policy_schema() -> dict[str, Any]:
    """What the document of a policy looks like, as a JSON Schema; that columns exist is more than it says.

    >>> policy_schema()["$defs"]["RowPolicy"]["properties"]["ended"]
    {'enum': ['keep', 'ask', 'flag', 'suspend', 'delete']}
    """
    known = Definitions(_NONE)
    body = known.record(Policy)
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}, "preset": {"enum": list(PRESETS)}}
    said = body | {"properties": head | body["properties"], "required": list(head)[:2]}
    return document_schema("Policy of oneroster-reconcile", said, known)
