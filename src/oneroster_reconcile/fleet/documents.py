"""Fleets in files: tenants as TOML or JSON documents, and back."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from oneroster_reconcile.fleet.tenant import Tenant
from oneroster_reconcile.issues.errors import FleetUnreadable, PolicyUnreadable
from oneroster_reconcile.model.hooks import in_own_words, register_values
from oneroster_reconcile.policy.documents import policy_from_json, policy_to_json
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.toml import toml_text

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = [
    "fleet_from_json",
    "fleet_from_toml",
    "fleet_to_json",
    "fleet_to_toml",
    "read_fleet",
    "tenant_converter",
    "unique_tenants",
]

FORMAT: Final = "oneroster-reconcile/fleet"
VERSION: Final = 1


@cache
def tenant_converter() -> "Converter":
    """The converter of tenants and of what is said of them; a policy is its document."""
    from cattrs import Converter

    made = register_values(Converter(forbid_extra_keys=True, omit_if_default=True))
    made.register_structure_hook(str | Policy, lambda said, _: _policy(said))
    made.register_unstructure_hook(str | Policy, _said)
    made.register_unstructure_hook(Policy, _said)
    return made


def fleet_to_json(tenants: Iterable[Tenant]) -> str:
    """Tenants as a JSON document that says its format and version; what is as by default is left out.

    >>> print(fleet_to_json([]), end="")
    {
     "format": "oneroster-reconcile/fleet",
     "version": 1,
     "tenants": []
    }
    """
    return json.dumps(_document(tenants), indent=1, ensure_ascii=False) + "\n"


def fleet_from_json(text: str) -> tuple[Tenant, ...]:
    """The tenants in a JSON document.

    Raises FleetUnreadable, naming all that is wrong, where it is not one.

    >>> fleet_from_json(fleet_to_json([]))
    ()
    """
    return _tenants(lambda: json.loads(text), "JSON")


def fleet_to_toml(tenants: Iterable[Tenant]) -> str:
    """Tenants as a TOML document, for people to write.

    >>> from oneroster_reconcile.fleet.tenant import Files
    >>> print(fleet_to_toml([Tenant(id="pf", source=Files(path="pf.zip"), host="sqlite:///h.db", policy="careful", state="st")]), end="")
    format = "oneroster-reconcile/fleet"
    version = 1
    <BLANKLINE>
    [[tenants]]
    id = "pf"
    host = "sqlite:///h.db"
    policy = "careful"
    state = "st"
    <BLANKLINE>
    [tenants.source]
    path = "pf.zip"
    """
    return toml_text(_document(tenants))


def fleet_from_toml(text: str) -> tuple[Tenant, ...]:
    """The tenants in a TOML document.

    Raises FleetUnreadable, naming all that is wrong, where it is not one.

    >>> fleet_from_toml(fleet_to_toml([]))
    ()
    """
    import tomllib

    return _tenants(lambda: tomllib.loads(text), "TOML")


def read_fleet(path: str | Path) -> tuple[Tenant, ...]:
    """The tenants in a file: JSON where its name ends in .json, else TOML.

    Raises FleetUnreadable where it cannot be read or holds something else.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "fleet.toml"
    >>> _ = path.write_text(fleet_to_toml([]))
    >>> read_fleet(path)
    ()
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FleetUnreadable(
            f"it cannot be read ({error.strerror}); give the file that the tenants are in", source=str(path)
        ) from None
    except UnicodeDecodeError:
        raise FleetUnreadable("it is not text in UTF-8", source=str(path)) from None
    try:
        return (fleet_from_json if Path(path).suffix.lower() == ".json" else fleet_from_toml)(text)
    except FleetUnreadable as error:
        raise FleetUnreadable(*error.findings, source=str(path)) from None


def unique_tenants(tenants: Iterable[Tenant]) -> tuple[Tenant, ...]:
    """The tenants, of which no two may have an id or a state in common, however it is spelled: each other's rows would look withdrawn.

    Raises FleetUnreadable where two do.
    """
    given = tuple(tenants)
    findings = [
        *_twice("id", [(each.id, each.id) for each in given]),
        *_twice("state", [(each.folder, each.state) for each in given]),
    ]
    if findings:
        raise FleetUnreadable(*findings)
    return given


def _twice(what: str, names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What several tenants have in common, as each of them spells it; what is blank nobody has."""
    spelled: dict[str, list[str]] = {}
    for name, said in names:
        spelled.setdefault(name, []).append(said)
    for name, spellings in spelled.items():
        if name and len(spellings) > 1:
            yield f"two tenants have the {what} {' = '.join(repr(each) for each in dict.fromkeys(spellings))}"


def _document(tenants: Iterable[Tenant]) -> dict[str, Any]:
    return {"format": FORMAT, "version": VERSION, "tenants": [tenant_converter().unstructure(each) for each in tenants]}


def _tenants(parsed: Callable[[], Any], language: str) -> tuple[Tenant, ...]:
    try:
        document = parsed()
    except (ValueError, RecursionError) as error:
        raise FleetUnreadable(f"it is not {language} ({error})") from None
    said: dict[str, Any] = {**document} if isinstance(document, Mapping) else {}
    if (found := (said.get("format"), said.get("version"))) != (FORMAT, VERSION):
        raise FleetUnreadable(
            f"it has format {found[0]!r}, version {found[1]!r}; this library reads {FORMAT!r}, version {VERSION}"
        )
    try:
        return unique_tenants(tenant_converter().structure(said.get("tenants", []), list[Tenant]))
    except ExceptionGroup as error:
        from cattrs import transform_error

        raise FleetUnreadable(*transform_error(error, path="tenants", format_exception=_words)) from None
    except (TypeError, ValueError) as error:
        if isinstance(error, FleetUnreadable):
            raise
        raise FleetUnreadable(f"tenants: {error}") from None


def _words(error: BaseException, expected: type[Any] | None) -> str:
    return str(error) if isinstance(error, PolicyUnreadable) else in_own_words(error, expected)


def _policy(said: Any) -> str | Policy:
    return said if isinstance(said, str) else policy_from_json(json.dumps(said, default=str))


def _said(policy: str | Policy) -> Any:
    return policy if isinstance(policy, str) else json.loads(policy_to_json(policy))
