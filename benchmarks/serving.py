"""A OneRoster service in a process of its own, and a client that reads it: `python -m benchmarks.serving USERS ENROLLMENTS`.

The service makes its pages from columns when they are asked for, so that it holds no million objects itself. Once for the rows that are asked for and
once for twice as many, it is said what the client's processor time is beside both processes' and beside the clock, and what the client's memory was at its peak.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from benchmarks.measuring import CPU, PEAK, WALL, Runs
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement

__all__ = ["main"]

CLIENT, SERVICE = "read_rest", "the service"
REST = "at rest"
GOAL = 0.35
"""The client's share of both processes' time."""
_PATH = "/ims/oneroster/rostering/v1p2/"
_MOMENT = "2026-09-01T02:00:00.000Z"
_SCHOOLS, _CLASS = 50, 25
_MB = 1_000_000 / 1_024


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve and read, at one size and at twice that, and print what it took."""
    parser = parser_of("benchmarks.serving", __doc__, runs=3)
    parser.add_argument("users", type=int, nargs="?", default=100_000)
    parser.add_argument("enrollments", type=int, nargs="?", default=900_000)
    parser.add_argument("--rows", type=int, default=10_000, help="rows that the service gives at once (10000)")
    parser.add_argument("--role", choices=["serve", "read"], help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.role == "serve":
        _serve(options.users, options.enrollments)
    elif options.role == "read":
        _read(options.url, options.rows)
    else:
        _measure(options)


def _measure(options: argparse.Namespace) -> None:
    reporter = Reporter(options, "serving")
    reporter.say(
        (
            "",
            "| users | enrollments | wall s | client CPU s | server CPU s | client of both | client of wall | client peak MB | |",
        )
    )
    reporter.say(["|---|---|---|---|---|---|---|---|---|"])
    for times in (1, 2):
        rows = times * options.users, times * options.enrollments
        turns = [_turn(*rows, options.rows) for _ in range(1 + options.runs)][1:]
        programs = {name: Runs(tuple(turn[name] for turn in turns)) for name in (CLIENT, SERVICE)}
        found = Measurement(
            name=f"Reading a service of {rows[0]:,} users and {rows[1]:,} enrollments",
            programs=programs,
            ours=(CLIENT,),
            floor=SERVICE,
        )
        reporter.keep([found])
        reporter.say([_row(programs[CLIENT], programs[SERVICE], *rows)])
    reporter.fill()


def _row(client: Runs, service: Runs, users: int, enrollments: int) -> str:
    """One line of the table."""
    share, busy = client.cpu / (client.cpu + service.cpu), client.cpu / client.wall
    rows = f"| {users:,} | {enrollments:,} | {client.wall:.1f} | {client.cpu:.1f} | {service.cpu:.1f}"
    memory = f"{client.peak:,.0f} (at rest {client.median(REST):,.0f})"
    return f"{rows} | {share:.0%} | {busy:.0%} | {memory} | {'met' if share <= GOAL else 'missed'} |"


def _turn(users: int, enrollments: int, page: int) -> Mapping[str, Mapping[str, float]]:
    """What one reading took, of the client and of the service; the service's processor time is the floor, for it does next to nothing else than writing JSON."""
    role = [sys.executable, "-m", "benchmarks.serving", str(users), str(enrollments), "--rows", str(page), "--role"]
    server = subprocess.Popen([*role, "serve"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        client = subprocess.run([*role, "read", "--url", url], check=True, capture_output=True, text=True)
        told = json.loads(client.stdout)
    finally:
        out = server.communicate("")[0]
    served = float(out)
    assert (told["users"], told["enrollments"]) == (users, enrollments), told
    return {CLIENT: {figure: told[figure] for figure in (WALL, CPU, PEAK, REST)}, SERVICE: {CPU: served}}


def _read(url: str, page: int) -> None:
    """Read the service and print what that took: the time of importing is none of it, its memory is what there is at rest."""
    import httpx  # noqa: F401  (what reading imports is not what reading takes)
    from attrs import evolve

    from oneroster_reconcile import PROVIDERS, BearerToken, read_rest

    rest = _peak()
    began, cpu = time.perf_counter(), time.process_time()
    roster = read_rest(url, auth=BearerToken(token="token"), profile=evolve(PROVIDERS["standard"], page=page))
    took = {WALL: time.perf_counter() - began, CPU: time.process_time() - cpu}
    assert all(roster.coverage.read(kind).is_complete for kind in roster.tables), roster.issues
    rows = {"users": len(roster.users), "enrollments": len(roster.enrollments)}
    print(json.dumps({**took, **rows, PEAK: _peak(), REST: rest}))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB


def _serve(users: int, enrollments: int) -> None:
    """Serve until somebody closes our input; then print the processor time that serving took."""
    import threading

    handler = type("Handler", (_Handler,), {"rows": _rows(users, enrollments)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.process_time()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    print(time.process_time() - began, flush=True)
    os._exit(0)


class _Handler(BaseHTTPRequestHandler):
    """Pages of the rows, as a service of the standard has them."""

    protocol_version = "HTTP/1.1"
    rows: Mapping[str, tuple[int, Callable[[int], Mapping[str, Any]]]]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        name = path.removeprefix(_PATH)
        total, made = self.rows[name]
        limit, offset = (int(parse_qs(query)[each][0]) for each in ("limit", "offset"))
        behind = min(total, offset + limit)
        body = json.dumps({name: [made(at) for at in range(offset, behind)]}).encode()
        more = f', <{path}?limit={limit}&offset={behind}>; rel="next"' if behind < total else ""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Total-Count", str(total))
        self.send_header("Link", f'<{path}?limit={limit}&offset=0>; rel="first"{more}')
        self.end_headers()
        self.wfile.write(body)


def _rows(users: int, enrollments: int) -> Mapping[str, tuple[int, Callable[[int], Mapping[str, Any]]]]:
    """How many rows each collection has, and the row at a place."""
    classes = max(1, enrollments // _CLASS)

    def ref(kind: str, sourced_id: str) -> Mapping[str, str]:
        return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}

    def row(sourced_id: str, **values: Any) -> Mapping[str, Any]:
        return {"sourcedId": sourced_id, "status": "active", "dateLastModified": _MOMENT, **values}

    def school(at: int) -> Mapping[str, str]:
        return ref("org", f"s{at % _SCHOOLS}")

    def user(at: int) -> Mapping[str, Any]:
        roles = [{"roleType": "primary", "role": "student", "org": school(at)}]
        names = {"givenName": f"Given{at % 997}", "familyName": f"Family{at % 9_973}", "username": f"u{at}", "grades": ["05"]}
        return row(f"u{at}", enabledUser="true", identifier=str(at), email=f"u{at}@plum.example", roles=roles, **names)

    def enrollment(at: int) -> Mapping[str, Any]:
        # Each class has _CLASS people in a row; a person is in enrollments / users classes.
        of, by = at // _CLASS, (at // _CLASS * 7 + at % _CLASS * 4_001) % users
        refs = {"user": ref("user", f"u{by}"), "class": ref("class", f"c{of}"), "school": school(of)}
        return row(f"e{at}", role="student", primary="false", beginDate="2026-08-17", endDate="2027-06-01", **refs)

    def class_(at: int) -> Mapping[str, Any]:
        refs = {"course": ref("course", "k1"), "school": school(at), "terms": [ref("academicSession", "t1")]}
        return row(f"c{at}", title=f"Class {at}", classType="scheduled", grades=["05"], **refs)

    term = {"title": "Year", "type": "schoolYear", "startDate": "2026-08-01", "endDate": "2027-07-31", "schoolYear": "2027"}
    return {
        "orgs": (_SCHOOLS, lambda at: row(f"s{at}", name=f"School {at}", type="school")),
        "academicSessions": (1, lambda at: row(f"t{at + 1}", **term)),
        "courses": (1, lambda at: row(f"k{at + 1}", title="Course", org=school(0))),
        "classes": (classes, class_),
        "users": (users, user),
        "enrollments": (enrollments, enrollment),
        "demographics": (users, lambda at: row(f"u{at}", birthDate="2015-02-03", sex="female")),
    }


if __name__ == "__main__":
    main()
