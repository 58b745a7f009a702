"""The nightly job as SQL for duckdb. Frozen: written before the library was tuned, and not changed since.

`python duckdb_script.py DATA AS_OF OUT`
"""

import sys
from pathlib import Path

import duckdb

SOURCE = "sis"

# What the roster says, without what is over, and who is who: `<kind>_links` gives every source id its id at the host, new rows a provisional one.
READ = """
SET preserve_insertion_order = false;
CREATE MACRO csv(name) AS TABLE SELECT * FROM read_csv($data || '/' || name || '.csv', header = true, all_varchar = true);
CREATE TABLE crosswalk AS FROM csv('crosswalk');

CREATE TABLE roster_orgs AS FROM csv('roster/orgs') WHERE status IS DISTINCT FROM 'tobedeleted';
CREATE TABLE all_sessions AS FROM csv('roster/academicSessions') WHERE status IS DISTINCT FROM 'tobedeleted';
CREATE TABLE past_sessions AS SELECT sourcedId FROM all_sessions WHERE endDate <= $as_of;
CREATE TABLE roster_sessions AS FROM all_sessions WHERE endDate > $as_of;
CREATE TABLE roster_courses AS FROM csv('roster/courses') WHERE status IS DISTINCT FROM 'tobedeleted';
CREATE TABLE all_classes AS
    SELECT *, string_split(termSourcedIds, ',') AS term_list FROM csv('roster/classes') WHERE status IS DISTINCT FROM 'tobedeleted';
CREATE TABLE past_classes AS
    SELECT sourcedId FROM all_classes WHERE list_has_all((SELECT list(sourcedId) FROM past_sessions), term_list);
CREATE TABLE roster_classes AS FROM all_classes ANTI JOIN past_classes USING (sourcedId);
CREATE TABLE roster_users AS FROM csv('roster/users') WHERE status IS DISTINCT FROM 'tobedeleted';
"""
LINKS = """
CREATE TABLE {kind}_links AS
    SELECT source_id, host_id FROM crosswalk WHERE kind = '{kind}'
    UNION ALL
    SELECT sourcedId, 'new:{source}/' || sourcedId FROM roster_{table}
    ANTI JOIN (SELECT source_id AS sourcedId FROM crosswalk WHERE kind = '{kind}') USING (sourcedId);
"""
NEW = """
CREATE VIEW new_org AS
    SELECT own.host_id AS id, name, type, identifier, above.host_id AS parent_id, 'active' AS state
    FROM roster_orgs JOIN org_links own ON own.source_id = sourcedId LEFT JOIN org_links above ON above.source_id = parentSourcedId;

CREATE VIEW new_academic_session AS
    SELECT own.host_id AS id, title, type, startDate AS start_date, endDate AS end_date, above.host_id AS parent_id,
        schoolYear AS school_year, 'active' AS state
    FROM roster_sessions JOIN academic_session_links own ON own.source_id = sourcedId
    LEFT JOIN academic_session_links above ON above.source_id = parentSourcedId;

CREATE VIEW new_course AS
    SELECT own.host_id AS id, title, courseCode AS course_code, orgs.host_id AS org_id, years.host_id AS school_year_id, grades, subjects,
        subjectCodes AS subject_codes, 'active' AS state
    FROM roster_courses JOIN course_links own ON own.source_id = sourcedId
    LEFT JOIN org_links orgs ON orgs.source_id = orgSourcedId
    LEFT JOIN academic_session_links years ON years.source_id = schoolYearSourcedId;

CREATE VIEW new_terms AS
    SELECT sourcedId, list(links.host_id ORDER BY links.host_id) AS terms
    FROM (SELECT sourcedId, unnest(term_list) AS term FROM roster_classes) JOIN academic_session_links links ON links.source_id = term
    GROUP BY sourcedId;
CREATE VIEW new_class AS
    SELECT own.host_id AS id, title, courses.host_id AS course_id, schools.host_id AS school_id, classCode AS class_code,
        classType AS class_type, location, grades, subjects, subjectCodes AS subject_codes, periods, 'active' AS state, terms
    FROM roster_classes JOIN class_links own ON own.source_id = sourcedId
    LEFT JOIN course_links courses ON courses.source_id = courseSourcedId
    LEFT JOIN org_links schools ON schools.source_id = schoolSourcedId
    LEFT JOIN new_terms USING (sourcedId);

CREATE VIEW new_roles AS
    SELECT sourcedId, list(element ORDER BY element) AS roles FROM (
        SELECT users.sourcedId, {
            'org_id': links.host_id,
            'role': CASE WHEN role <> 'administrator' THEN role
                WHEN orgs.type = 'district' THEN 'districtAdministrator' ELSE 'siteAdministrator' END,
            'is_primary': 'true'
        } AS element
        FROM (SELECT sourcedId, role, unnest(string_split(orgSourcedIds, ',')) AS org FROM roster_users) users
        JOIN org_links links ON links.source_id = org LEFT JOIN roster_orgs orgs ON orgs.sourcedId = org
    ) GROUP BY sourcedId;
CREATE VIEW new_agents AS
    SELECT sourcedId, list(links.host_id ORDER BY links.host_id) AS agents
    FROM (SELECT sourcedId, unnest(string_split(agentSourcedIds, ',')) AS agent FROM roster_users)
    JOIN user_links links ON links.source_id = agent
    GROUP BY sourcedId;
CREATE VIEW new_user_ids AS
    SELECT sourcedId, list(element ORDER BY element) AS user_ids FROM (
        SELECT sourcedId, {'type': item[2 : position(':' IN item) - 1], 'identifier': item[position(':' IN item) + 1 : -2]} AS element
        FROM (SELECT sourcedId, unnest(string_split(userIds, ',')) AS item FROM roster_users)
    ) GROUP BY sourcedId;
CREATE VIEW new_user AS
    SELECT own.host_id AS id, givenName AS given_name, familyName AS family_name, middleName AS middle_name, username, email, identifier,
        sms, phone, grades, if(enabledUser = 'false', 'suspended', 'active') AS state, roles, agents, user_ids
    FROM roster_users JOIN user_links own ON own.source_id = sourcedId
    LEFT JOIN new_roles USING (sourcedId) LEFT JOIN new_agents USING (sourcedId) LEFT JOIN new_user_ids USING (sourcedId);

CREATE VIEW new_demographics AS
    SELECT host_id AS user_id, birthDate AS birth_date, sex, americanIndianOrAlaskaNative AS american_indian_or_alaska_native, asian,
        blackOrAfricanAmerican AS black_or_african_american,
        nativeHawaiianOrOtherPacificIslander AS native_hawaiian_or_other_pacific_islander, white,
        demographicRaceTwoOrMoreRaces AS demographic_race_two_or_more_races, hispanicOrLatinoEthnicity AS hispanic_or_latino_ethnicity,
        countryOfBirthCode AS country_of_birth_code, stateOfBirthAbbreviation AS state_of_birth_abbreviation,
        cityOfBirth AS city_of_birth, publicSchoolResidenceStatus AS public_school_residence_status
    FROM csv('roster/demographics') JOIN user_links ON source_id = sourcedId
    WHERE status IS DISTINCT FROM 'tobedeleted';

CREATE VIEW new_enrollment AS
    SELECT classes.host_id AS class_id, users.host_id AS user_id, role, "primary" AS is_primary, beginDate AS begin_date, endDate AS end_date
    FROM csv('roster/enrollments') JOIN class_links classes ON classes.source_id = classSourcedId
    JOIN user_links users ON users.source_id = userSourcedId
    WHERE status IS DISTINCT FROM 'tobedeleted'
        AND if(endDate IS NULL, classSourcedId NOT IN (SELECT sourcedId FROM past_classes), endDate > $as_of);
"""
HELD = """
CREATE VIEW held_org AS FROM csv('host/orgs');
CREATE VIEW held_academic_session AS FROM csv('host/sessions');
CREATE VIEW held_course AS FROM csv('host/courses');
CREATE VIEW held_class AS
    FROM csv('host/classes')
    LEFT JOIN (SELECT class_id AS id, list(session_id ORDER BY session_id) AS terms FROM csv('host/class_terms') GROUP BY class_id) USING (id);
CREATE VIEW held_user AS
    FROM csv('host/users')
    LEFT JOIN (
        SELECT user_id AS id, list(element ORDER BY element) AS roles
        FROM (SELECT user_id, {'org_id': org_id, 'role': role, 'is_primary': is_primary} AS element FROM csv('host/user_roles'))
        GROUP BY user_id
    ) USING (id)
    LEFT JOIN (SELECT user_id AS id, list(agent_id ORDER BY agent_id) AS agents FROM csv('host/user_agents') GROUP BY user_id) USING (id)
    LEFT JOIN (
        SELECT user_id AS id, list(element ORDER BY element) AS user_ids
        FROM (SELECT user_id, {'type': type, 'identifier': identifier} AS element FROM csv('host/user_ids'))
        GROUP BY user_id
    ) USING (id);
CREATE VIEW held_demographics AS FROM csv('host/demographics');
CREATE VIEW held_enrollment AS FROM csv('host/enrollments');
"""
# The rows that are not the same, side by side. What the roster leaves blank stays as the host has it.
DIFFERING = """
CREATE TABLE differing_{kind} AS
    SELECT {key} AS id, held.{first} IS NOT NULL AS is_held, new.{first} IS NOT NULL AS is_new, {before} AS before, {after} AS after
    FROM held_{kind} held FULL JOIN new_{kind} new USING ({keys})
    WHERE held.{first} IS NULL OR new.{first} IS NULL OR {differs};
"""
CHANGES = """
SELECT '{create}' AS verb, '{kind}' AS kind, id, NULL::JSON AS before, to_json(after) AS after FROM differing_{kind} WHERE NOT is_held
UNION ALL
SELECT {update}, '{kind}', id, to_json(before), to_json(after) FROM differing_{kind} WHERE is_held AND is_new AND before <> after
"""
# A row whose state and values both change takes two changes.
STATEFUL = """
SELECT '{create}' AS verb, '{kind}' AS kind, id, NULL::JSON AS before, to_json(after) AS after FROM differing_{kind} WHERE NOT is_held
UNION ALL
SELECT if(after.state = 'active', 'restore', 'suspend'), '{kind}', id, to_json(before), to_json(struct_update(before, state := after.state))
FROM differing_{kind} WHERE is_held AND is_new AND before.state <> after.state
UNION ALL
SELECT {update}, '{kind}', id, to_json(struct_update(before, state := after.state)), to_json(after)
FROM differing_{kind} WHERE is_held AND is_new AND struct_update(before, state := after.state) IS DISTINCT FROM after
UNION ALL
SELECT 'suspend', '{kind}', id, to_json(before), to_json(struct_update(before, state := 'suspended')) FROM differing_{kind}
SEMI JOIN (SELECT host_id AS id FROM crosswalk WHERE kind = '{kind}') USING (id)
WHERE NOT is_new AND before.state = 'active'
"""
UNENROLLED = """
UNION ALL
SELECT 'unenroll', 'enrollment', id, to_json(before), NULL FROM differing_enrollment
WHERE NOT is_new AND before.class_id IN (SELECT host_id FROM class_links)
"""
TRANSFER = """
CASE WHEN len(list_filter(before.roles, lambda r: NOT list_contains(list_transform(after.roles, lambda o: o.org_id), r.org_id))) > 0
    AND len(list_filter(after.roles, lambda r: NOT list_contains(list_transform(before.roles, lambda o: o.org_id), r.org_id))) > 0
    THEN 'transfer' ELSE 'update' END
"""
KINDS = {
    "org": "orgs",
    "academic_session": "sessions",
    "course": "courses",
    "class": "classes",
    "user": "users",
}
KEYS = {"demographics": ("user_id",), "enrollment": ("class_id", "user_id", "role")}


def changes_of(database: duckdb.DuckDBPyConnection, kind: str) -> str:
    """Compare one kind; returns the query for its changes."""
    keys = KEYS.get(kind, ("id",))
    columns = [name for name, *_ in database.execute(f"DESCRIBE new_{kind}").fetchall()]
    values = [name for name in columns if name not in keys]
    before = ", ".join(f"'{name}': held.{name}" for name in columns)
    after = ", ".join(f"'{name}': coalesce(new.{name}, held.{name})" for name in columns)
    database.execute(
        DIFFERING.format(
            kind=kind,
            first=keys[0],
            keys=", ".join(keys),
            key=" || '|' || ".join(f"coalesce(held.{name}, new.{name})" for name in keys),
            before=f"{{{before}}}",
            after=f"{{{after}}}",
            differs=" OR ".join(f"(new.{name} IS NOT NULL AND new.{name} IS DISTINCT FROM held.{name})" for name in values),
        )
    )
    query = STATEFUL if "state" in columns else CHANGES
    create = "enroll" if kind == "enrollment" else "create"
    changes = query.format(kind=kind, create=create, update=TRANSFER if kind == "user" else "'update'")
    return changes + UNENROLLED if kind == "enrollment" else changes


def main(data: Path, as_of: str, out: Path) -> None:
    database = duckdb.connect()

    def run(script: str) -> None:
        database.execute(script.replace("$data", f"'{data}'").replace("$as_of", f"'{as_of}'"))

    run(READ)
    for kind, table in KINDS.items():
        run(LINKS.format(kind=kind, table=table, source=SOURCE))
    run(NEW + HELD)
    queries = [changes_of(database, kind) for kind in (*KINDS, "demographics", "enrollment")]
    database.execute(f"COPY ({' UNION ALL '.join(queries)}) TO '{out}' (FORMAT json)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
