"""Policies as documents, in TOML or JSON, which hold the same tables.

A document says its format and version, may start from a preset, and then says only what differs: from the preset, or from the defaults. The tables under a row's
`groups` say what differs from that row. `false` takes back what would hold otherwise.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from oneroster_reconcile.issues.errors import PolicyUnreadable
from oneroster_reconcile.policy.overlay import Overlay
from oneroster_reconcile.policy.paths import meant
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.policy.remainder import remainder
from oneroster_reconcile.policy.toml import toml_text

__all__ = ["FORMAT", "VERSION", "policy_from_json", "policy_from_toml", "policy_to_json", "policy_to_toml"]

FORMAT: Final = "oneroster-reconcile/policy"
VERSION: Final = 1


def policy_to_toml(policy: Policy, *, preset: str | None = None) -> str:
    """A policy as a TOML document that stands alone, or that says how it differs from a preset.

    Raises ValueError where there is no such preset, or a `grace` that ISO 8601 cannot say.

    >>> from oneroster_reconcile import Kind, presets
    >>> mine = presets.mirror().with_rows(Kind.USER, withdrawn="flag")
    >>> print(policy_to_toml(mine, preset="mirror"), end="")
    format = "oneroster-reconcile/policy"
    version = 1
    preset = "mirror"
    <BLANKLINE>
    [rows.user]
    withdrawn = "flag"
    """
    return toml_text(_document(policy, preset))


def policy_from_toml(text: str) -> Policy:
    r"""The policy that a TOML document describes.

    Raises PolicyUnreadable, naming all that is wrong and each by the path of its key, where it describes none.

    >>> policy_from_toml('format = "oneroster-reconcile/policy"\nversion = 1\npreset = "mirror"\nlikeness = "ask"').likeness.value
    'ask'
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except ValueError as error:
        raise PolicyUnreadable(f"it is not TOML ({error})") from None
    return _policy(document)


def policy_to_json(policy: Policy, *, preset: str | None = None) -> str:
    """A policy as a JSON document, with the tables that `policy_to_toml` has; `policy_schema` says what it looks like.

    >>> from oneroster_reconcile import presets
    >>> print(policy_to_json(presets.mirror(), preset="mirror"), end="")
    {
     "format": "oneroster-reconcile/policy",
     "version": 1,
     "preset": "mirror"
    }
    """
    return json.dumps(_document(policy, preset), indent=1, ensure_ascii=False, default=lambda day: day.isoformat()) + "\n"


def policy_from_json(text: str) -> Policy:
    """The policy that a JSON document describes.

    Raises PolicyUnreadable, naming all that is wrong and each by the path of its key, where it describes none.

    >>> from oneroster_reconcile import presets
    >>> policy_from_json(policy_to_json(presets.additive())) == presets.additive()
    True
    """
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except PolicyUnreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyUnreadable(f"it is not JSON ({error})") from None
    return _policy(document)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, in which JSON itself would let the last of several values of a key win."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise PolicyUnreadable(*(f"{name}: stands twice in one object" for name in made if names.count(name) > 1))
    return made


def _document(policy: Policy, preset: str | None) -> dict[str, Any]:
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if preset is None:
        return head | remainder(policy)
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    return head | {"preset": preset} | remainder(policy, PRESETS[preset]())


def _policy(document: Any) -> Policy:
    if not isinstance(document, Mapping):
        raise PolicyUnreadable("it is no table of keys and values; give one that `policy_to_json` wrote")
    said: dict[str, Any] = {**document}
    found = (said.pop("format", None), said.pop("version", None))
    if found != (FORMAT, VERSION) or type(found[1]) is not int:
        raise PolicyUnreadable(
            f"it has format {found[0]!r}, version {found[1]!r}; this library reads {FORMAT!r}, version {VERSION}"
        )
    over = Overlay()
    policy = over.lay(_known(said, over), said)
    if over.findings:
        raise PolicyUnreadable(*over.findings)
    return policy


def _known(said: dict[str, Any], over: Overlay) -> Policy:
    """What a document starts from."""
    if "preset" not in said:
        return Policy()
    preset = said.pop("preset")
    if not isinstance(preset, str) or preset not in PRESETS:
        over.wrong("preset", f"{preset!r} is none of {', '.join(PRESETS)}{meant(str(preset), list(PRESETS))}")
        return Policy()
    return PRESETS[preset]()
