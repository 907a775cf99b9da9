"""The search of one query, against the sandbox over HTTP: what is found, kept, paid for, and left to the roll call."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include import runs
from include.calls import limiter
from include.erasure import forgotten as erasure
from include.local.driven_sandbox import RunningSandbox
from include.settings import Secret
from include.tikhub.account import Api
from include.vendors.errors import AuthenticationFailed, BalanceExhausted, BudgetSpent, RunStopped, Unavailable
from include.video_research import retries, settings
from include.video_research.addresses import canonical
from include.video_research.queries import made, pick, save_queries
from include.video_research.records import Query
from include.video_research.run import Run
from include.video_research.search import SearchResult, search
from include.video_research.sources import Accounts, RollCallFirst, without_operators

RAMEN = "tokyo ramen spots"
POSTED = 1_760_000_000
ID = str(POSTED << 32 | 12_345)


class Searching:
    """One run against one database and one sandbox."""

    def __init__(self, connection: psycopg.Connection, url: str, sandbox: RunningSandbox) -> None:
        self.connection, self.url, self.sandbox = connection, url, sandbox
        self.run = Run("manual__1", datetime.now(UTC).date())
        self.configured = settings.load({"RESEARCH_SITE_URL": f"{sandbox.url}/tiktok"}, None)
        self.serper = Accounts(serper=Api(f"{sandbox.url}/serper", sandbox.key, 10.0, 1))
        self.tikhub = Accounts(tikhub=Api(sandbox.url, sandbox.key, 10.0, 1))
        limiter.set_rate(connection, 1_000)
        self.open()

    def open(self, max_calls: int | None = None) -> None:
        runs.open_run(self.connection, self.run, {}, max_calls)

    def enter(self, text: str, **more: Any) -> Query:
        return save_queries(self.connection, [made(text, **more)], "page")[0]

    def search(self, query: Query | str, accounts: Accounts | None = None, **params: Any) -> SearchResult:
        kept = self.enter(query) if isinstance(query, str) else query
        run = replace(self.run, **params)
        return search(
            lambda: psycopg.connect(self.url), run, kept, self.configured, accounts=lambda _: accounts or self.serper
        )

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()

    def asked(self, endpoint: str = "serper_videos") -> list[dict[str, Any]]:
        return self.sandbox.log(endpoint)


@pytest.fixture
def at(connection, database_url, sandbox) -> Searching:
    return Searching(connection, database_url, sandbox)


@pytest.fixture
def at_once(monkeypatch) -> None:
    """Pauses between tries are as many, and short."""
    real = retries.again
    monkeypatch.setattr("include.video_research.sources.again", lambda *given: None if real(*given) is None else 0.01)


def test_what_is_found_is_kept_in_one_form(at):
    """Each hit has the one form of its address, its rank, and a line of its video; other pages are set aside with a reason."""
    result = at.search(RAMEN)
    assert result.hits
    assert [hit.url for hit in result.hits] == [canonical(hit.video_id, hit.handle) for hit in result.hits]
    assert at.rows("select video_id, rank, source from research_hits order by rank") == [
        (hit.video_id, hit.rank, "serper") for hit in result.hits
    ]
    assert at.rows("select count(*) from research_videos where state = 'found'") == [(len(result.hits),)]
    assert Counter(at.rows("select kind, reason from research_set_aside"))[("other", "no video of TikTok")] > 0
    assert all(hit.posted_at for hit in result.hits)


def test_it_asks_as_it_should(at):
    """One POST with `tiktok` before the words, language and country where they are given, no `num`, and our own name."""
    at.search(at.enter("ramen", language="ja", country="JP"), max_results=10)
    (asked,) = at.asked()
    assert asked["params"] == {"q": "tiktok ramen", "gl": "jp", "hl": "ja"}
    assert asked["agent"] == "cometwatch"


def test_tikhub_is_told_the_country(at):
    """A query with a country is searched as somebody there would; without one nothing is said of it."""
    at.search(at.enter("ramen", country="jp"), at.tikhub, max_results=5)
    at.search("ramen", at.tikhub, max_results=5)
    assert [entry["params"].get("region") for entry in at.asked("video_search")] == ["JP", None]


def test_the_same_search_of_a_day_is_paid_once(at):
    """Searched twice, by two runs, one page is asked for and one credit counted; the second says it was in the ledger."""
    first = at.search(RAMEN)
    at.run = replace(at.run, run_id="manual__2")
    at.open()
    second = at.search(RAMEN)
    assert len(at.asked()) == first.credits > 0
    assert (first.was_from_ledger, second.was_from_ledger, second.credits) == (False, True, 0)
    assert second.hits == first.hits
    assert at.rows("select credits from research_queries") == [(first.credits,)]
    assert at.rows("select vendor, billed_calls, usd * 1000 from pipeline_spend") == [
        ("serper", first.credits, first.credits)
    ]


def test_what_a_killed_search_paid_is_counted_once(at):
    """A search that paid and was killed before it stored anything: the next one finds the answer in the ledger, and counts it."""
    paid = at.search(RAMEN).credits
    at.connection.execute("update research_queries set credits = 0, searched_at = null")  # as the killed one left it
    for _ in range(2):
        again = at.search(RAMEN)
        assert (again.was_from_ledger, again.credits) == (True, 0)
        assert at.rows("select credits from research_queries") == [(paid,)]


def test_a_video_of_two_queries_is_one(at):
    """Two queries with an address in common have a hit each, and one video between them."""
    url = canonical(ID, "a")
    for text in ("ramen", "sushi"):
        at.search(at.enter(text, urls=[url]))
    assert at.rows("select count(*) from research_hits") == [(2,)]
    assert at.rows("select video_id, url, state from research_videos") == [(ID, url, "found")]


def test_given_addresses_are_asked_of_nobody(at):
    """A query with addresses calls no source; a photo post among them is skipped for good and no hit."""
    photo = canonical(str(int(ID) + 1), "a", "photo")
    result = at.search(at.enter("ramen", urls=[canonical(ID, "a"), photo]))
    assert at.asked() == at.asked("video_search") == []
    assert [hit.source for hit in result.hits] == ["list"]
    assert at.rows("select state, failure_kind, is_permanent from research_videos where video_id <> %s", ID) == [
        ("skipped", "photo_post", True)
    ]
    assert [(link.url, link.kind) for link in result.aside] == [(photo, "photo")]


def test_short_links_are_resolved_at_the_site(at):
    """A short link becomes the video that it leads to; one that leads nowhere is set aside, and says so."""
    clip = at.search(RAMEN).hits[0]
    digits, rest = "", int(clip.video_id)
    while rest:
        rest, digit = divmod(rest, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    query = at.enter("links", urls=[f"https://vm.tiktok.com/Z{digits}/", "https://vm.tiktok.com/Z000001/"])
    result = at.search(query)
    assert [hit.video_id for hit in result.hits] == [clip.video_id]
    assert [(link.kind, link.reason) for link in result.aside] == [("short", "the link leads to no video (404)")]


def test_bounds_are_asked_before_any_download(at):
    """What was posted before a day, or is known to have fewer plays, is set aside; with other bounds it is a hit again."""
    old, new = canonical(ID, "a"), canonical(str(POSTED + 10**7 << 32), "a")
    query = at.enter("ramen", urls=[old, new])
    day = datetime.fromtimestamp(POSTED, UTC).date()
    result = at.search(query, published_after=day + timedelta(days=1))
    assert [hit.url for hit in result.hits] == [new]
    assert at.rows("select url, kind, reason from research_set_aside") == [
        (old, "video", f"posted on {day}, before {day + timedelta(days=1)}")
    ]
    assert len(at.search(query).hits) == 2
    assert at.rows("select count(*) from research_set_aside") == [(0,)]


def test_tikhub_is_asked_without_a_key_of_serper(at):
    """Its videos come with author, plays, moment and length; fewer plays than wanted are set aside."""
    result = at.search("ramen", at.tikhub, max_results=30)
    assert len(result.hits) == 30
    assert result.credits == 0
    assert all(hit.author_uid and hit.plays is not None and hit.duration_s for hit in result.hits)
    least = sorted(hit.plays for hit in result.hits if hit.plays is not None)[15]
    fewer = at.search("ramen", at.tikhub, max_results=30, min_views=least)
    assert all(hit.plays is not None and hit.plays >= least for hit in fewer.hits)
    assert any("plays, fewer than" in link.reason for link in fewer.aside)


def test_a_signed_address_comes_with_the_hit(at):
    """TikHub's address of the media is kept to the letter, with the moment at which it ends, and plays without a cookie."""
    hit = at.search("ramen", at.tikhub, max_results=1).hits[0]
    assert hit.play_url is not None
    assert at.rows("select play_url, play_until > now() from research_hits") == [(hit.play_url, True)]
    assert hit.play_url not in repr(hit)


def test_max_results_bounds_pages_and_hits(at):
    """Five wanted: one page is asked for, and five kept."""
    assert len(at.search("ramen", at.tikhub, max_results=5).hits) == 5
    assert len(at.asked("video_search")) == 1


def test_an_empty_account_stops_the_run(at):
    """A 400 that says "Not enough credits" is no empty result: the run stops, and the query is not taken for searched."""
    at.sandbox.serper(credits=0)
    with pytest.raises(BalanceExhausted, match="Top up"):
        at.search(RAMEN)
    with pytest.raises(RunStopped):
        at.search("another")
    assert len(at.asked()) == 1
    assert at.rows("select count(*) from research_queries where searched_at is not null") == [(0,)]


def test_a_refused_key_stops_the_run_and_shows_nowhere(at):
    """Nothing is tried again, and the key stands neither in the error nor in the database."""
    wrong = Accounts(serper=replace(at.serper.serper, key="another-secret-key"))
    with pytest.raises(AuthenticationFailed) as caught:
        at.search(RAMEN, wrong)
    assert len(at.asked()) == 1
    assert "another-secret-key" not in str(caught.value)
    assert not at.rows("select 1 from api_calls where strpos(api_calls::text, 'another-secret-key') > 0")


def test_operators_fall_back_to_plain_words(at):
    """A free account may not use operators: the plain words are asked instead, once, and found."""
    at.sandbox.serper(is_free=True)
    result = at.search('site:tiktok.com "tokyo ramen spots" -vegan', max_results=10)
    assert result.hits
    assert [entry["params"]["q"] for entry in at.asked()][1:] == ["tiktok tokyo ramen spots"]


@pytest.mark.usefixtures("at_once")
def test_a_passing_failure_is_tried_again(at):
    """Two 503s and then an answer: three requests, one credit. Four of them are all the tries there are."""
    at.sandbox.inject({"match": {"endpoint": "serper_videos"}, "times": 2, "action": {"kind": "status", "status": 503}})
    assert at.search(RAMEN, max_results=10).hits
    assert [entry["status"] for entry in at.asked()] == [503, 503, 200]
    at.sandbox.inject({"match": {"endpoint": "serper_videos"}, "times": 9, "action": {"kind": "status", "status": 500}})
    with pytest.raises(Unavailable):
        at.search("another")
    assert len(at.asked()) == 3 + 4


@pytest.mark.usefixtures("at_once")
def test_what_was_found_before_a_page_failed_is_kept(at):
    """The second page fails for good: the first one's videos are kept, and the query counts as searched."""
    at.sandbox.inject(
        {
            "match": {"endpoint": "video_search", "subject_contains": "offset=20"},
            "times": 9,
            "action": {"kind": "status", "status": 500},
        }
    )
    result = at.search("ramen", at.tikhub, max_results=40)
    assert 0 < len(result.hits) <= 20
    assert at.rows("select searched_at is not null from research_queries") == [(True,)]


def test_the_runs_budget_is_kept(at):
    """With one call of budget, the first search is made and the second is not."""
    at.open(max_calls=1)
    assert at.search(RAMEN, max_results=10).hits
    with pytest.raises(BudgetSpent):
        at.search("sushi", max_results=10)
    assert len(at.asked()) == 1


def test_nothing_found_is_no_failure(at):
    """A search that truly finds nothing has no hits, is searched, and costs its credit."""
    result = at.search("🍜")
    assert (result.hits, result.credits) == ((), 1)
    assert at.rows("select searched_at is not null, credits from research_queries") == [(True, 1)]


def test_a_run_of_a_past_day_asks_today(at):
    """A run whose day is long over still searches: what is found is today's, and so is its line in the ledger."""
    at.run = replace(at.run, day=date(2026, 1, 5))
    at.open()
    assert at.search(RAMEN).hits
    assert at.rows("select distinct day = (now() at time zone 'utc')::date, run_id from api_calls") == [
        (True, "manual__1")
    ]


def test_videos_of_the_forgotten_are_not_kept(at, monkeypatch):
    """Of an author who was forgotten no hit, no video and no link is kept; that there was one is counted."""
    key = Secret("k" * 40)
    monkeypatch.setenv("ERASURE_KEY", key.reveal())
    first = at.search("ramen", at.tikhub, max_results=10)
    uid = first.hits[0].author_uid
    assert uid is not None
    at.connection.execute("truncate research_hits, research_videos, research_set_aside")
    at.connection.execute(
        "insert into forgotten_creators (user_hash, key_mark, forgotten_on) values (%s, %s, current_date)",
        [erasure.hash_of(key, uid), erasure.mark_of(key)],
    )
    second = at.search("ramen", at.tikhub, max_results=10)
    assert second.forgotten >= 1
    assert uid not in {hit.author_uid for hit in second.hits}
    assert at.rows("select count(*) from research_hits where author_uid = %s", uid) == [(0,)]
    assert at.rows("select count(*) from research_videos where video_id = %s", first.hits[0].video_id) == [(0,)]


# The roll call's calls


def with_roll_call(at: Searching, creators: int, rate: float) -> None:
    """So many creators to be measured today at so many calls a second, by a pipeline that ran yesterday."""
    today = datetime.now(UTC).date()
    limiter.set_rate(at.connection, rate)
    at.connection.execute(
        "insert into runs (pipeline, run_id, day, mode, settings, state) values ('comets', 'r', %s, 'live', '{}', 'complete')",
        [today - timedelta(days=1)],
    )
    at.connection.execute(
        "insert into creators (user_id, handle, first_seen_on)"
        " select to_char(number, 'FM0000'), 'h' || number, %s from generate_series(1, %s) as number",
        [today - timedelta(days=2), creators],
    )


def called(at: Searching, by: str = "video_research", day: date | None = None) -> None:
    at.connection.execute(
        "insert into api_calls (day, endpoint, subject, outcome, owner, pipeline, run_id, task_id, http_status)"
        " values (%s, 'video_search', 'x' || random(), 'answered', 'o', %s, 'r', 'search', 200)",
        [day or datetime.now(UTC).date(), by],
    )


def test_the_roll_call_keeps_its_calls(at):
    """Of a day's 829 calls for a roster that needs them all, searches get one in twenty: 41, and then no more.

    So 788 are left to the roll call, which is 95 % of what it could have called: above its floor of 90 %.
    """
    with_roll_call(at, creators=2_000, rate=0.01)
    for _ in range(40):
        called(at)
    assert at.search("ramen", at.tikhub, max_results=5).hits
    with pytest.raises(RollCallFirst, match="roll call"):
        at.search("sushi", at.tikhub, max_results=5)
    assert len(at.asked("video_search")) == 1
    assert pick(at.connection)[-1].text == "sushi"


def test_what_the_roll_call_does_not_need_is_free(at):
    """With few creators, or where no roll call ran lately, searches are bound by their own budget alone."""
    with_roll_call(at, creators=3, rate=1_000)
    for _ in range(60):
        called(at)
    assert at.search("ramen", at.tikhub, max_results=5).hits
    at.connection.execute("update runs set day = day - 30 where pipeline = 'comets'")
    limiter.set_rate(at.connection, 0.001)
    at.connection.execute("update rate_limits set next_free_at = '-infinity'")
    assert at.search("sushi", at.tikhub, max_results=5).hits


# Small parts


def test_pauses_double_and_stay_apart():
    """2, 4, 8 s and up to half as much again; a server's longer pause is kept; then no more."""
    for attempt, least in ((1, 2), (2, 4), (3, 8)):
        pauses = {retries.again("search", attempt) for _ in range(50)}
        assert len(pauses) > 10
        assert all(pause is not None and least <= pause <= least * 1.5 for pause in pauses)
    assert retries.again("search", 1, 30) == 30
    assert retries.again("search", 4) is None
    assert retries.again("download", 3) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('site:tiktok.com "best ramen" -vegan', "best ramen"),
        ("ramen OR sushi", "ramen sushi"),
        ("well-known mother-in-law", "well-known mother-in-law"),
        ("ORANGE cake", "ORANGE cake"),
        ('"東京 ラーメン"', "東京 ラーメン"),
        ('"', '"'),
    ],
)
def test_operators_are_taken_out(text, plain):
    """Only operators go: words with hyphens or capitals stay, and so does a text that is nothing else."""
    assert without_operators(text) == plain
