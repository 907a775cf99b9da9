"""Sixty days of the sandbox's world in a database: `python -m include.local.demo DATABASE_URL`, or `make demo`.

The last day is played by the pipeline itself. Those before are made from the same world by the pipeline's own parsers,
filters, statements, checks and reports; only the HTTP in between is left out, and what is one call, or one batch, at a time
there is written by the day.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from include import database, migrations, settings
from include.comets import contacts, discovery, snapshots, tasks
from include.comets import run as runs
from include.comets.evidence import read_texts
from include.comets.run import Run
from include.local import postgres
from include.local import sandbox as local_sandbox
from include.local.demo_searches import Call, Found, Page, Wanted, found_ahead
from include.local.driven_sandbox import RunningSandbox, start_process
from include.local.errors import LocalError
from include.local.folders import Folders
from include.local.http import post_json
from include.local.played_days import Days
from include.local.steps import say, speaking_alone
from include.ranking import backtest, standings
from include.sandbox import contacts as world_contacts
from include.sandbox.dice import Dice
from include.sandbox.names import TOPIC
from include.sandbox.service import CREATORS, Settings
from include.sandbox.world import World, day_number
from include.tikhub.models import Profile
from include.tikhub.parsers import CONTACT_FIELDS
from plugins.filters.layers import TextLayers
from plugins.filters.rules import rules_from_mapping, shipped_mapping

DAYS = 60
PLAYED = 1
# Made as each day ends; for the days before, a backtest has to rank again.
RANKED = 40
KEYWORDS_PLAYED = 5
# Days before the last one: nobody ran anything, and the service was down in the middle of the roll call.
MISSED, BROKEN = 41, 17
REACHED_WHEN_BROKEN = 0.35
FAILING = 0.015
BALANCE = 1_000  # dollars
RETENTION = 35
# Layer, field, what it should have said, and why.
SAID = (
    ("platform", "bio", "pass", "Tells where they used to be; all their videos are here."),
    ("platform", "nickname", "pass", "A hobby, not the platform of that name."),
    ("pronoun", "caption", "pass", "Speaks of their own dog."),
    ("face", "cover", "pass", "Wears a helmet in every video."),
    ("face", "cover", "refuse", "The face is that of a poster."),
)


HAS_DAYS = (
    "The database has days already: nothing was added, and the pages show those. To see the sixty days too, in a database of "
    "their own, type:  make down; COMETWATCH_LOCAL=~/cometwatch-demo make demo  and at the end:  "
    "COMETWATCH_LOCAL=~/cometwatch-demo make down"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many creators the world has, and how it is searched: most of the roster is found on the first day, then some a day."""

    creators: int = CREATORS
    keywords_at_first: int = 60
    keywords: int = 3
    pages: int = 1


SMALL = Size()
# Some thousands on the roster, so that the score has many to choose among, and not so many that a live day's roll call, at the
# sandbox's ten calls a second, takes more than some minutes.
LARGE = Size(creators=12_000, keywords_at_first=60, keywords=10, pages=3)


def fill(
    database_url: str,
    sandbox: RunningSandbox | None = None,
    last_day: date | None = None,
    tell: Callable[[str], None] = lambda _: None,
    size: Size = SMALL,
) -> None:
    """Fill a migrated, empty database with the days up to `last_day` (today); a `sandbox` of a world of that size plays that one.

    `tell` is given a line every ten days.
    """
    playing = sandbox or start_process("--rate", 0, "--creators", size.creators, "--balance", BALANCE)
    last = last_day or datetime.now(UTC).date()
    try:
        history = History(database_url, size.creators)
        ago = [before for before in range(DAYS - 1, PLAYED - 1, -1) if before != MISSED]
        for before, found in zip(ago, _searched(size, playing.url, last, ago), strict=True):
            history.live_through(found[0], found[1], before)
            if before % 10 == 0:
                tell(f"      {DAYS - before} of {DAYS} days, {history.creators:,} creators so far")
            if before == ago[-1]:
                history.keep_videos(found[0])
        for before in range(PLAYED - 1, -1, -1):
            _play(database_url, playing, last - timedelta(days=before))
        _tidy(database_url)
        _speak_up(database_url, last)
        with database.Database(lambda: psycopg.connect(database_url)) as connections:
            backtest.run(connections, 7)
    finally:
        playing.control("DELETE", "clock")
        if sandbox is None:
            playing.stop()


@speaking_alone()
def main(arguments: Sequence[str]) -> int:
    """Fills the database at an address, or the embedded one of `make up`; one with days in it is left as it is.

    The latter's world is large, and the sandbox of `make up` is told; whose sandbox goes on at another address nobody knows
    here, so that one's world is of the usual size.
    """
    address = arguments[0] if arguments else _embedded_database()
    with psycopg.connect(address) as connection:
        migrations.check(connection)
        is_new = not connection.execute("select from runs limit 1").fetchall()
    if is_new:
        say(f"Living through {DAYS} days …")
        # Today is left to the DAG: there is a roster to call, and growth to see when it is done.
        size = SMALL if arguments else LARGE
        if not arguments:
            _enlarge_sandbox(size)
        fill(address, last_day=datetime.now(UTC).date() - timedelta(days=1), tell=say, size=size)
    say(f"{DAYS} days of {_roster(address):,} made-up creators are in." if is_new else HAS_DAYS)
    return 0


def _roster(address: str) -> int:
    with psycopg.connect(address) as connection:
        return connection.execute("select count(*) from creators").fetchall()[0][0]


def _embedded_database() -> str:
    configured = settings.load()
    if not configured.uses_embedded_postgres:
        raise LocalError("Made-up days are for the embedded database alone: name another one if you mean it.")
    if configured.tikhub_api_key is not None:
        raise LocalError(
            "Made-up days are for the sandbox: with TIKHUB_API_KEY set, each later day would ask TikHub for creators"
            " who do not exist, and pay for it. Take the key out of .env or the environment for the demo."
        )
    server = postgres.find(Folders.here().postgres)
    if server is None:
        raise LocalError("Nothing is running: make up")
    return server.url_for("cometwatch")


def _enlarge_sandbox(size: Size) -> None:
    """Before the first day is made: whatever becomes of the rest, the days to come are those of the same people."""
    found = local_sandbox.find(Folders.here())
    if found is None:
        return
    post_json(f"{found.url}/sandbox/settings", {"creators": size.creators})
    # So many creators cost some dollars a day, and the usual balance would not last long.
    post_json(f"{found.url}/sandbox/account", {"balance": BALANCE})


def _searched(size: Size, origin: str, last: date, ago: Sequence[int]) -> Iterator[tuple[Wanted, Found]]:
    """The days so long `ago`, with what their searches find."""
    wanted = [
        Wanted(
            last - timedelta(days=before),
            size.keywords if number else size.keywords_at_first,
            size.pages,
            keeps_answers=before <= RETENTION,
        )
        for number, before in enumerate(ago)
    ]
    return zip(wanted, found_ahead(Settings().seed, size.creators, origin, wanted), strict=True)


class History:
    """Days before those that are played; one connection for all of them."""

    def __init__(self, database_url: str, creators: int) -> None:
        self._url = database_url
        self.world = World(Settings().seed, creators)
        self._layers = TextLayers(rules_from_mapping(shipped_mapping()))
        self._connection = self.connect()

    def live_through(self, wanted: Wanted, found: Found, before: int) -> None:
        """One day, `before` days ago, from its keywords to its report."""
        day, now = wanted.day, wanted.now
        run = runs.open_day(self._connection, wanted.run(), 10_000, shipped=shipped_mapping())
        self._discover(run, now, found)
        calls = list(found.calls)
        failed = self._roll_call(run, now, calls, reached=REACHED_WHEN_BROKEN if before == BROKEN else 1.0)
        self._bill(run, now, calls)
        tasks.compute_growth(self.connect, run)
        if before <= RANKED:
            standings.rank_day(self.connect, day)
        try:
            tasks.check_day(self.connect, run, 0.9)
        except ValueError:
            failed += ["check_day"]
        tasks.write_report(self.connect, run, failed_tasks=failed)

    def keep_videos(self, last: Wanted) -> None:
        """The roster's videos of all days whose answers are kept, up to the `last` one: once, for it reads all of them."""
        tasks.keep_videos(self.connect, last.run(), RETENTION)

    @property
    def creators(self) -> int:
        """How many were found so far."""
        return self._connection.execute("select count(*) from creators").fetchall()[0][0]

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that does not wait for the disk: what a crash would take is at the end of what was made up."""
        connection = psycopg.connect(self._url, autocommit=True)
        connection.execute("set synchronous_commit to off")
        return connection

    def _discover(self, run: Run, now: datetime, found: Found) -> None:
        parameters = {
            "day": run.day,
            **database.columns(found.keywords, keywords="text", ranks="rank", sources="source"),
        }
        with self._connection.transaction():
            database.rows(self._connection, "comets/save_trends", parameters)
        for page in found.pages:
            self._keep(run, now + timedelta(seconds=40), page)

    def _keep(self, run: Run, seen_at: datetime, page: Page) -> None:
        accepted = {video.author.user_id for video, verdict in page.verdicts if verdict.layer == "accepted"}
        found = [page.profiles[user_id] for user_id in sorted(accepted)]
        with self._connection.transaction():
            discovery.save_creators(self._connection, run, page.keyword.text, found, [seen_at] * len(found))
            contacts.send(self._connection, [(profile, seen_at) for profile in found])
            self._store(run, "discovery", found, seen_at, page.keyword.text)
            parameters = discovery._verdict_parameters(run, page.keyword, self._layers, page.verdicts, page.profiles)
            database.rows(self._connection, "comets/save_verdicts", parameters)

    def _roll_call(self, run: Run, now: datetime, calls: list[Call], *, reached: float) -> list[str]:
        """Measure the creators due; returns the tasks that fail when not all of them are `reached`."""
        due = self._connection.execute(
            "select creators.user_id from creators where coalesce(next_due_on, %(day)s) <= %(day)s"
            " and not exists (select from creator_stats as stats"
            " where stats.user_id = creators.user_id and stats.recorded_date = %(day)s) order by 1",
            {"day": run.day},
        ).fetchall()
        due = due[: int(len(due) * reached)]
        found: list[Profile] = []
        missed: list[tuple[str, str, str]] = []
        for (user_id,) in due:
            index = self.world.find_by_user_id(user_id)
            if index is None:
                raise LocalError(f"the sandbox's world has no creator {user_id}")
            creator = self.world.creator(index, day_number(run.day))
            has_failed = Dice(self.world.seed, "failing", index, run.day).chance(FAILING)
            calls.append(Call("user_profile", user_id, has_failed=has_failed))
            if has_failed:
                missed.append((user_id, "failed", "user_profile: HTTP 503 after 4 attempts"))
            elif creator.status in {"gone", "missing"}:
                missed.append((user_id, "gone", "gone (User doesn't exist)"))
            elif creator.status == "hidden":
                missed.append((user_id, "private", "private (This account is hidden)"))
            else:
                found.append(self._profile_of(index, run.day))
        seen_at = now + timedelta(seconds=90)
        with self._connection.transaction():
            self._store(run, "roll_call", found, seen_at, None)
            database.rows(self._connection, "comets/refresh_creators", _refreshed(run.day, found, seen_at))
            contacts.send(self._connection, [(profile, seen_at) for profile in found])
            users, outcomes, reasons = zip(*missed, strict=True) if missed else ((), (), ())
            snapshots.record_misses(self._connection, run, users, outcomes, reasons)
        return [] if reached == 1.0 else ["roll_call"]

    def _profile_of(self, index: int, day: date) -> Profile:
        creator = self.world.creator(index, day_number(day))
        persona = creator.persona
        said = world_contacts.fields(self.world.seed, index)
        return Profile(
            persona.user_id,
            persona.sec_user_id,
            creator.handle,
            creator.nickname,
            creator.bio,
            None,
            creator.followers,
            creator.hearts,
            creator.videos,
            is_private=creator.status == "private",
            contact_fields=tuple((name, said[name]) for name in CONTACT_FIELDS if said.get(name)),
        )

    def _store(self, run: Run, origin: str, found: Sequence[Profile], seen_at: datetime, keyword: str | None) -> None:
        measured = [
            snapshots.Snapshot(each.user_id, each.followers, each.hearts, each.videos, seen_at, keyword)
            for each in found
        ]
        snapshots.store(self._connection, run.day, origin, measured)

    def _bill(self, run: Run, now: datetime, calls: Sequence[Call]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            into = (
                "copy api_calls (pipeline, day, endpoint, subject, holds_identity, outcome, owner, run_id, task_id, keyword,"
                " called_at, answered_at, http_status, is_billed, price_usd, latency_ms, answer) from stdin"
            )
            once = list(reversed({(call.endpoint, call.subject): call for call in reversed(calls)}.values()))
            billed = [call for call in once if not call.has_failed]
            prices = cursor.execute(
                "select price_of_call(endpoint, position::integer)"
                " from unnest(%s::text[]) with ordinality as calls (endpoint, position) order by position",
                [[call.endpoint for call in billed]],
            ).fetchall()
            price_of = {id(call): price for call, (price,) in zip(billed, prices, strict=True)}
            with cursor.copy(into) as copy:
                for call in once:
                    is_trends = call.endpoint == "trending_words"
                    task = "discover" if call.keyword else "fetch_trends" if is_trends else "roll_call"
                    latency = 240 + Dice("latency", call.subject, run.day).below(900)
                    came = (now, now + timedelta(milliseconds=latency))
                    outcome = ("unavailable", 503, False) if call.has_failed else ("answered", 200, True)
                    about = (run.pipeline, run.day, call.endpoint, call.subject, not call.has_failed, outcome[0])
                    end = (*outcome[1:], price_of.get(id(call), 0), latency, call.answer)
                    copy.write_row((*about, "by hand", run.run_id, task, call.keyword, *came, *end))
            bill = ["tikhub", run.day, len(billed), sum(price_of.values())]
            cursor.execute("insert into api_spend (vendor, day, billed_calls, usd) values (%s, %s, %s, %s)", bill)
            cursor.execute(
                "insert into pipeline_spend (pipeline, vendor, day, billed_calls, usd) values (%s, %s, %s, %s, %s)",
                [run.pipeline, *bill],
            )
            cursor.execute(
                "update runs set calls_made = %s where pipeline = %s and run_id = %s",
                [len(billed), run.pipeline, run.run_id],
            )


def _refreshed(day: date, found: Sequence[Profile], seen_at: datetime) -> dict[str, Any]:
    return {
        "day": day,
        "user_ids": [profile.user_id for profile in found],
        "sec_user_ids": [profile.sec_user_id for profile in found],
        "handles": [profile.handle for profile in found],
        "nicknames": [profile.nickname for profile in found],
        "avatar_urls": [profile.avatar_url for profile in found],
        "signatures": [profile.signature for profile in found],
        "statuses": ["private" if profile.is_private else "active" for profile in found],
        "seen_at": [seen_at] * len(found),
    }


def _play(database_url: str, sandbox: RunningSandbox, day: date) -> None:
    """One day as it really is: every call, every cover."""
    now = min(datetime.combine(day, time(2), UTC), datetime.now(UTC))
    days = Days(database_url, sandbox, now=now)
    run, failed, _ = days.play(f"scheduled__{now.isoformat()}", max_keywords=KEYWORDS_PLAYED, pages_per_keyword=1)
    if failed:
        raise LocalError(f"the demo's last day is not complete: {'; '.join(failed)}")
    standings.rank_day(days.connect, run.day)
    days.fetch_pictures(run)


def _tidy(database_url: str) -> None:
    """What was written a moment ago was written on its day, at two in the morning."""
    written = {
        "runs": {"started_at": 4, "finished_at": 171},
        "verdicts": {"screened_at": 52},
        "roll_call_misses": {"missed_at": 131},
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")
        for table, seconds in written.items():
            moments = [
                sql.SQL("{} = day + make_interval(hours => 2, secs => {})").format(sql.Identifier(column), after)
                for column, after in seconds.items()
            ]
            connection.execute(
                sql.SQL("update {} set {} where day + interval '3 hours' < now()").format(
                    sql.Identifier(table), sql.SQL(", ").join(moments)
                )
            )
        connection.execute("analyze")


def _speak_up(database_url: str, last: date) -> None:
    """What people said about verdicts, the rules that somebody activated because of it, and a draft of others."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        shops, others = _common_words(connection, last)
        for said in (*SAID, *[("platform", "handle", "refuse", "A shop under a person's name.", shops)] * 3):
            _overrule(connection, last, *said)
        shipped = shipped_mapping()
        database.rows(
            connection, "comets/keep_shipped_rules", {"version": shipped["version"], "mapping": Jsonb(shipped)}
        )
        active = _draft(connection, shipped, shops, f"Accounts with “{shops}” in their handle turned out to be shops.")
        parameters = {"version": active["version"], "note": active["note"], "made_by": "admin"}
        database.rows(connection, "dashboard/activate_rule_version", parameters)
        _draft(connection, active["mapping"], others, f"Try: what would “{others}” refuse?")


def _common_words(connection: psycopg.Connection[Any], last: date) -> tuple[str, str]:
    """The two topics that most accepted creators of the last weeks have in their handles."""
    found = connection.execute(
        "select word from ("
        " select distinct user_id, regexp_split_to_table(handle, '[._]') as word from verdicts"
        " where layer = 'accepted' and day between %(last)s - 20 and %(last)s - 1) as words"
        " where word = any(%(topics)s) group by word order by count(*) desc, word limit 2",
        {"last": last, "topics": list(TOPIC)},
    ).fetchall()
    return found[0][0], found[1][0]


def _overrule(
    connection: psycopg.Connection[Any],
    last: date,
    layer: str,
    field_name: str,
    expected: str,
    reason: str,
    word: str = "",
) -> None:
    """Overrule the latest verdict of this kind whose creator nobody has spoken about; none of `last`, which may be run again."""
    found = connection.execute(
        "select day, keyword, video_id, user_id, cover_field, matched_text, handle from verdicts"
        " where day between %(last)s - 20 and %(last)s - 1 and handle ~ %(pattern)s"
        " and case %(expected)s when 'pass' then layer = %(layer)s and field = %(field)s else layer = 'accepted' end"
        " and user_id not in (select user_id from overrules) order by day desc, video_id limit 1",
        {
            "last": last,
            "pattern": rf"(^|[._]){word}([._]|$)" if word else "",
            "expected": expected,
            "layer": layer,
            "field": field_name,
        },
    ).fetchone()
    if found is None:
        return
    day, keyword, video_id, user_id, cover_field, matched, handle = found
    texts = read_texts(connection, day, keyword, video_id, user_id)
    subject = texts.cover(cover_field) if field_name == "cover" else texts.read(field_name, matched) or handle
    verdict = {"day": day, "keyword": keyword, "video_id": video_id, "subject_text": subject}
    overrule = {"layer": layer, "field": field_name, "expected": expected, "reason": reason, "made_by": "admin"}
    database.rows(connection, "dashboard/make_overrule", {**verdict, **overrule})


def _draft(connection: psycopg.Connection[Any], based_on: Mapping[str, Any], word: str, note: str) -> dict[str, Any]:
    """A draft with one word more in the platform layer."""
    platform = based_on["platform"]
    mapping = {**based_on, "platform": {**platform, "words": [*platform["words"], word]}}
    parameters = {"mapping": Jsonb(mapping), "based_on": based_on["version"], "note": note, "made_by": "admin"}
    (saved,) = database.rows(connection, "dashboard/save_rule_draft", parameters)
    return {"version": saved["version"], "mapping": {**mapping, "version": saved["version"]}, "note": note}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LocalError as error:
        sys.exit(str(error))
