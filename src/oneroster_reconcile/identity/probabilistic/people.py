"""`people_of`: the people of a roster or a directory, as the frame that matching reads."""

import polars as pl

from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.tables import Tables

__all__ = ["people_of"]

_FAMILY = ("guardian", "parent", "relative")
_AS_THEY_ARE = (
    "given_name",
    "preferred_given_name",
    "middle_name",
    "family_name",
    "preferred_family_name",
    "email",
    "identifier",
)
_STATE_IDS = r"^(?:state|state(?:student|staff|user|unique)?id(?:entifier)?|studentstateid|statenumber|ssid|sasid|suid|upn|uln)$"
"""Types of user ids that a state or nation gives, without case and punctuation."""
_FORMER_NAMES = r"^(?:former|previous|maiden|birth)(?:family|last|sur)?name$"
"""Keys of metadata under which systems keep the family name that a person had before, likewise."""


def people_of(side: Tables) -> pl.DataFrame:
    """One row a person, in the columns of `roster_model`.

    Role and school are those of the primary role, or of the first in order. A school is known by its identifier, or else its name: the two sides' ids differ; likewise
    agents, guardians as well as children and whoever of the two names the other, are known by name, address and telephone. The state's id is the user id of such a type, or
    else the master identifier; a former family name is in the metadata, as `formerFamilyName`, `previousLastName`, `maidenName` or the like.

    >>> import oneroster_reconcile as orr
    >>> ada = orr.User(id="u1", given_name="Ada", family_name="Byron", roles=(orr.Role(org="s1", role="student"),), grades=("05",))
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school", identifier="042")], users=[ada])
    >>> people_of(roster).select("id", "given_name", "role", "school", "grade").rows()
    [('u1', 'Ada', 'student', '042', '05')]
    """
    users = side[Kind.USER].lazy()
    births = side[Kind.DEMOGRAPHICS].lazy().select(id="user", birth_date="birth_date")
    schools = side[Kind.ORG].lazy().select(org="id", school=pl.coalesce("identifier", "name"))
    facts = users.select(
        "id",
        *_AS_THEY_ARE,
        phone=pl.coalesce("phone", "sms"),
        grade=pl.col("grades").list.first().cast(pl.String),
        state_id=pl.coalesce(_first("user_ids", "type", _STATE_IDS, "identifier"), "user_master_identifier"),
        former_family_name=_first("metadata", "key", _FORMER_NAMES, "value"),
    )
    return (
        facts.join(births, on="id", how="left")
        .join(_roles(users), on="id", how="left")
        .join(schools, on="org", how="left")
        .join(_agents(users), on="id", how="left")
        .drop("org")
        .sort("id")
        .collect()
    )


def _first(column: str, name: str, known: str, value: str) -> pl.Expr:
    """The value of the first element of a list whose name is one of those known."""
    plain = pl.element().struct.field(name).str.to_lowercase().str.replace_all(r"[^a-z]", "")
    fitting = pl.col(column).list.eval(pl.element().filter(plain.str.contains(known)).struct.field(value))
    return fitting.list.first()


def _agents(users: pl.LazyFrame) -> pl.LazyFrame:
    """What is known of the agents of those who have any, as `id, agents, agent_contacts`, a line an agent or contact."""
    named = users.select("id", agent="agents").explode("agent").drop_nulls("agent")
    both = pl.concat([named, named.select(id="agent", agent="id")]).unique()
    known = users.select(
        agent="id",
        agents=pl.format("{}, {}", "family_name", "given_name"),
        agent_contacts=pl.concat_str("email", "phone", "sms", separator="\n", ignore_nulls=True).replace("", None),
    )
    lines = both.join(known, on="agent").group_by("id").agg(pl.col("agents", "agent_contacts").drop_nulls().sort())
    return lines.with_columns(pl.col("agents", "agent_contacts").list.join("\n").replace("", None))


def _roles(users: pl.LazyFrame) -> pl.LazyFrame:
    """The role that speaks for each person who has any that has not ended, as `id, role, org`; all who are family have one role."""
    living = pl.element().filter(pl.element().struct.field("state") != State.TOBEDELETED.value)
    roles = users.select("id", pl.col("roles").list.eval(living)).explode("roles").drop_nulls("roles")
    parts = roles.select(
        "id", *(pl.col("roles").struct.field(name).cast(pl.String).alias(name) for name in ("role", "org", "primary"))
    )
    second = pl.col("primary") != "true"
    parts = parts.with_columns(role=pl.when(pl.col("role").is_in(_FAMILY)).then(pl.lit("guardian")).otherwise("role"))
    return parts.sort("id", second, "role", "org").unique("id", keep="first", maintain_order=True).select("id", "role", "org")
