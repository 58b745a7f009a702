"""The situations a person can be in between a source and a host, as values to match on."""

from attrs import frozen

from oneroster_reconcile.model.ids import Id

__all__ = ["Blocked", "Collision", "Disputed", "Linked", "Matched", "Orphan", "PersonSituation", "Unmatched"]


@frozen
class Linked:
    """The crosswalk knows the pair, or a person decided it.

    >>> Linked("u1", "17").host_id
    '17'
    """

    source_id: Id
    host_id: Id


@frozen
class Matched:
    """A rule found an account that nobody claims; `probability` is given where likeness found it.

    >>> Matched("u1", "17", "email").rule
    'email'
    """

    source_id: Id
    host_id: Id
    rule: str
    probability: float | None = None


@frozen
class Disputed:
    """Somebody has to say whether one of the candidates is the person: the cause is `disputed`, `email_taken`, `email_shared`, `identity_changed` (then the linked account is a candidate, too), `mergeable` (several accounts that match one student), `proposed` or only `likely`.

    >>> Disputed("u1", ("17", "18"), "disputed").candidates
    ('17', '18')
    """

    source_id: Id
    candidates: tuple[Id, ...]
    reason: str


@frozen
class Blocked:
    """No account is made or linked until something is mended: an `untrusted_domain`, a `masked` key, or a `missing_key` where the policy requires one.

    >>> Blocked("u1", "masked").reason
    'masked'
    """

    source_id: Id
    reason: str


@frozen
class Collision:
    """Several people of the source have one account.

    >>> Collision(("u1", "u2"), "17").source_ids
    ('u1', 'u2')
    """

    source_ids: tuple[Id, ...]
    host_id: Id


@frozen
class Unmatched:
    """Nobody at the host is the person, as far as can be known.

    >>> Unmatched("u1").source_id
    'u1'
    """

    source_id: Id


@frozen
class Orphan:
    """An account that nobody of this source claims.

    >>> Orphan("17").host_id
    '17'
    """

    host_id: Id


PersonSituation = Linked | Matched | Disputed | Blocked | Collision | Unmatched | Orphan
"""Any of them: match on it exhaustively."""
