"""What finding out who is who leaves to a person."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "ACCOUNT_DUPLICATED",
    "ACCOUNT_SHARED",
    "ADOPTION_PROPOSED",
    "DECISION_CONTRADICTED",
    "DECISION_VOID",
    "DUPLICATE_SOURCE_ID",
    "EMAIL_TAKEN",
    "IDENTITY_CHANGED",
    "IDENTITY_DISPUTED",
    "KEY_MISSING",
    "LINK_DISPUTED",
    "MATCH_LIKELY",
    "MERGE_PROPOSED",
    "MERGE_REFUSED",
    "NEAR_DUPLICATE",
    "SCHOOL_NAME_NEAR",
    "SPLIT_REFUSED",
    "TOO_MANY_SOURCE_IDS",
    "UNTRUSTED_DOMAIN",
]

ACCOUNT_DUPLICATED = Code(
    slug="account_duplicated",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Archive the old accounts before the run, or merge the two after it where they are one person's.",
    about="The policy adopts no accounts of a group, and people of the source get new ones, though the product has accounts of the same group and name that nobody claims. The old accounts are not touched."
    " People whose birth date or identifier both sides know, and which differ, are not counted.",
)
ACCOUNT_SHARED = Code(
    slug="account_shared",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Revoke the decision if the account is not theirs both.",
    about="People decided that a row of the source is a row of the host to which another row of the source is linked already. Both records are folded into one"
    " account: right for a person with two records, wrong for two people.",
)
DECISION_CONTRADICTED = Code(
    slug="decision_contradicted",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke all but one of the decisions.",
    about="People decided that one row of the source is two rows of the host, or that two rows are the same and are not; or that an account goes into two others, into one that"
    " goes itself, or goes though it is pinned. None of these decisions is honoured until one is left, and nothing is made for the row of the source meanwhile.",
    needs_rerun=True,
)
DECISION_VOID = Code(
    slug="decision_void",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke the decision, or restore the row at the host.",
    about="People decided that a row of the source is a row of the host that is not there any more, or they named one that the source does not have; or they pinned such a row of the host, or"
    " merged an account into it. The decision is not honoured.",
)
LINK_DISPUTED = Code(
    slug="link_disputed",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Take one of the two links away.",
    about="Our crosswalk links a row of the source to one row of the host, and the host's own to another. Neither is touched.",
)
DUPLICATE_SOURCE_ID = Code(
    slug="duplicate_source_id",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Delete one of the two rows at the host, or take the source id from it.",
    about="Two rows of the host carry one source id in the host's own crosswalk. Which of them is the row of the source nobody can tell, so neither is touched, and no"
    " third one is made.",
)
IDENTITY_CHANGED = Code(
    slug="identity_changed",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Decide which of the two accounts is the person's.",
    about="A row of the source that is linked got an address, a username or an identifier that another row of the host has, which nobody claims: a teacher who"
    " married and was given a second account, or an address that was passed on. The link stays; the values of both accounts are left as they are until somebody has"
    " decided, while memberships go on. Of orgs the other row alone is left alone.",
)
EMAIL_TAKEN = Code(
    slug="email_taken",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Find out whose address it is, and say who is who.",
    about="Somebody who is not linked has the e-mail address of an account of the product, and the account is another person's by its name or birth date, or by a link. An"
    " account that nobody claims is left alone, and nothing is made for the person. Where the account is somebody's, the person gets one beside it, which a product that wants every address once will"
    " refuse.",
)
KEY_MISSING = Code(
    slug="key_missing",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Fill in an identifier, address or username.",
    about="The policy requires a key (`PeoplePolicy.key_required`), and people who are not linked have none that a rule could find their account by. They are blocked: no account"
    " is made or linked, and since any account that nobody claims may be theirs, none of those counts as local.",
    needs_rerun=True,
)
TOO_MANY_SOURCE_IDS = Code(
    slug="too_many_source_ids",
    severity=Severity.WARNING,
    fix_at=FixAt.SUPPORT,
    help="Look at the ids and their schools, and take away the links that are not the person's.",
    about="An account of the product is linked to more ids of the source than is plausible (`PeoplePolicy.most_source_ids`, 7 unless it says otherwise). A teacher may have an id in"
    " each of many schools; several students of one account is a mistake. Nothing is changed for it.",
)
UNTRUSTED_DOMAIN = Code(
    slug="untrusted_domain",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Trust the domain at the school if it is the school's, or decide who is who.",
    about="Several accounts match a student, and an e-mail address of the student's or of one of the accounts is of a domain that the student's school does not trust"
    " (`PeoplePolicy.trusted_domains`). The student is blocked: nothing is linked or made, and the accounts are left alone. Once the school trusts the domain the next run merges the accounts, where the policy"
    " does so (`PeoplePolicy.merges_trusted`) and nothing else is in doubt, or proposes it.",
)
NEAR_DUPLICATE = Code(
    slug="near_duplicate",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Correct the field if they are one person; leave it if they are two.",
    about="Records of people would get one account by the policy (`PeoplePolicy.one_account`) if one field did not differ, or were not blank; or somebody"
    " would be given an account of the product that nobody claims. They get accounts of their own.",
)
IDENTITY_DISPUTED = Code(
    slug="identity_disputed",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Say who is who.",
    about="A row of the source shares a key with a row of the host, and either the names and birth dates do not agree or there are several candidates;"
    " or it is, by the policy's `one_account`, another record of somebody whose own record could not be read. Nothing is linked and nothing is made.",
)
ADOPTION_PROPOSED = Code(
    slug="adoption_proposed",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Accept or refuse the links.",
    about="A row of the source matches a row of the host that nobody claims, and the policy, or a read that was not complete, leaves the link to a"
    " person.",
)
MATCH_LIKELY = Code(
    slug="match_likely",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Look at the pairs, and decide for each whether the two are the same.",
    about="A person of the source looks like somebody whose account nobody claims, though no exact rule finds the pair: a nickname, a new surname, an"
    " identifier with a slip. Nothing is linked and no account is made until somebody decides, or the policy links what is sure.",
)
SCHOOL_NAME_NEAR = Code(
    slug="school_name_near",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Decide whether the two are one school, before a second one is made.",
    about="A school of the source would be made at the host, which has one of nearly the same name that nobody claims. Names are never enough to link them: a person"
    " says that the two are the same, or lets the school be made.",
)
MERGE_PROPOSED = Code(
    slug="merge_proposed",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Decide which account stays and merge the others into it, or say whose each of them is.",
    about="One student of the source matches several accounts that nobody claims, in key and name or birth date: probably one person who was given a second account by hand. Nothing is linked and nothing is made"
    " until somebody decides. Nobody is asked where the policy merges what the school trusts (`PeoplePolicy.merges_trusted`); those that are suspended are not proposed, and those of staff cannot be merged.",
)
MERGE_REFUSED = Code(
    slug="merge_refused",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke the decision, and move the link of the row of the source instead.",
    about="People decided to merge accounts of which one is a teacher's or of other staff: what they own and may do is not passed on by a sync. The decision is not honoured. What is meant is nearly always that the"
    " row of the source belongs to the other account.",
)
SPLIT_REFUSED = Code(
    slug="split_refused",
    severity=Severity.WARNING,
    fix_at=FixAt.HOST,
    help="Revoke the decision about whoever the account stays with, or keep the two apart.",
    about="People decided that a row of the source leaves an account that it shares, and nobody would be left who has the account. The decision is not honoured.",
)
