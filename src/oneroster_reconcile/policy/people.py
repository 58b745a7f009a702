"""`PeoplePolicy`: what makes one person of several records, and which addresses may speak for whom."""

from collections.abc import Iterable, Mapping

from attrs import Attribute, field, frozen

from oneroster_reconcile.model.ids import Id

__all__ = ["ANYWHERE", "GENERIC_DOMAINS", "PeoplePolicy"]

ANYWHERE = "*"
"""The key of `trusted_domains` for what every school trusts."""

GENERIC_DOMAINS = frozenset(
    {
        *("aol.com", "fastmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com"),
        *("live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com"),
        *("qq.com", "rocketmail.com", "web.de", "yahoo.com", "yandex.com", "yandex.ru", "ymail.com", "zoho.com"),
        *("163.com", "comcast.net", "att.net", "verizon.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net"),
    }
)
"""Domains where anybody gets an address: they say nothing of a school, so no school may trust them."""


def _domain(name: str) -> str:
    return name.strip().lower().removeprefix("@")


def _trusted(domains: Mapping[Id, Iterable[str]] | None) -> Mapping[Id, frozenset[str]] | None:
    if domains is None:
        return None
    return {school: frozenset(map(_domain, names)) for school, names in domains.items()}


def _aliases(aliases: Mapping[str, str]) -> Mapping[str, str]:
    return {_domain(old): _domain(new) for old, new in aliases.items()}


def _columns(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(columns)


def _only_own(
    _: "PeoplePolicy", attribute: "Attribute[Mapping[Id, frozenset[str]] | None]", value: Mapping[Id, frozenset[str]] | None
) -> None:
    for school, domains in (value or {}).items():
        if generic := sorted(domains & GENERIC_DOMAINS):
            raise ValueError(
                f"{attribute.name} of school {school!r} holds {', '.join(generic)}, where anybody gets an address: trust domains of the district only"
            )


@frozen(kw_only=True)
class PeoplePolicy:
    """What a policy says about who people are, beyond its rules.

    `trusted_domains`, by the sourcedId of a school or `"*"` for all, are those whose addresses may speak for its students: where several accounts match a
    student and an address that is involved is of another domain, the student is `Blocked` (None: domains are not looked at). Raises ValueError for one of `GENERIC_DOMAINS`.
    With `merges_trusted`, several accounts of one student are merged without anybody's word where each has an address of a domain that is trusted, nothing speaks against any of them, and all was read; otherwise a merge is proposed.

    `most_source_ids`: an account with more ids of the source is reported (None: never). With `plus_addressing`, `ann+x@y.org` is compared as `ann@y.org`, and with
    `domain_aliases` an address of an old domain as one of the new. With `key_required`, somebody who has no key of any rule is `Blocked` instead of new.

    `one_account` are the columns in which several records of the source must all be known and exactly agree to get one account: staff who are guardians, a
    guardian listed once a child, a teacher with an id a school. Empty: never. No student is ever joined with anybody.

    >>> contact = PeoplePolicy(one_account=("given_name", "family_name", "email", "phone"), trusted_domains={"*": {"X.edu"}})
    >>> contact.trusts("s1", "x.edu"), contact.trusts("s1", "y.edu"), PeoplePolicy().trusts("s1", "y.edu")
    (True, False, True)
    """

    trusted_domains: Mapping[Id, frozenset[str]] | None = field(default=None, converter=_trusted, validator=_only_own, hash=False)
    most_source_ids: int | None = field(default=7)
    merges_trusted: bool = False
    plus_addressing: bool = False
    domain_aliases: Mapping[str, str] = field(factory=dict[str, str], converter=_aliases, hash=False)
    key_required: bool = False
    one_account: tuple[str, ...] = field(default=(), converter=_columns)

    def trusts(self, school: Id, domain: str) -> bool:
        """Whether an address of a domain may speak for a student of a school."""
        if self.trusted_domains is None:
            return True
        nowhere = frozenset[str]()
        return domain in self.trusted_domains.get(school, nowhere) | self.trusted_domains.get(ANYWHERE, nowhere)
