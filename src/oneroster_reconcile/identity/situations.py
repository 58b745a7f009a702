"""The situations a person can be in between a source and a host, as values to match on."""

from attrs import frozen

from oneroster_reconcile.model.ids import Id

__all__ = ["Collision", "Disputed", "Linked", "Matched", "Orphan", "PersonSituation", "Unmatched"]


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
    """Somebody has to say whether one of the candidates is the person: they are `disputed`, `proposed` or only `likely`.

    >>> Disputed("u1", ("17", "18"), "disputed").candidates
    ('17', '18')
    """

    source_id: Id
    candidates: tuple[Id, ...]
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


PersonSituation = Linked | Matched | Disputed | Collision | Unmatched | Orphan
"""Any of them: match on it exhaustively."""
