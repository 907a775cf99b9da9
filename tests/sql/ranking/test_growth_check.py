"""The check of growth: each sign from numbers worked out by hand, what cannot be told, and the mark in standings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.sql.ranking.test_standings import LAST, add_creator, add_row, ago, rank

Connection = psycopg.Connection[Any]
USUAL = 4  # hearts per follower gained, of all sizes
SIGNS = ("hearts", "videos", "purge", "steps", "jumps")
# Twelve days of a creator who gains about 1 % a day, no two days alike.
CROWD = (20_000, 20_210, 20_390, 20_640, 20_820, 21_070, 21_230, 21_460, 21_640, 21_900, 22_090, 22_310)


@pytest.fixture(autouse=True)
def usual(connection: Connection) -> None:
    connection.execute("insert into usual_hearts (size, creators, hearts_per_follower) values (-1, 40, %s)", [USUAL])


def play(
    connection: Connection,
    user_id: str,
    followers: Sequence[int],
    *,
    hearts: int = 1_000_000,
    posts: int = 6,
    estimated: Sequence[int] = (),
) -> None:
    """One count a day up to LAST; hearts and videos are gained evenly. `estimated`: how many days ago."""
    add_creator(connection, user_id)
    days = len(followers)
    for number, count in enumerate(followers):
        along = number / (days - 1)
        back = days - 1 - number
        add_row(
            connection, user_id, ago(back), count, 5_000 + round(hearts * along), 50 + round(posts * along),
            estimated=back in estimated,
        )  # fmt: skip


def post(connection: Connection, user_id: str, video: str, *, back: int, plays: Sequence[int]) -> None:
    """A video posted so many days ago, seen on as many days up to LAST as there are plays."""
    posted = datetime(LAST.year, LAST.month, LAST.day, 1, tzinfo=UTC) - timedelta(days=back)
    at = datetime(LAST.year, LAST.month, LAST.day, 2, tzinfo=UTC)
    connection.execute(
        "insert into creator_videos (user_id, video_id, posted_at, plays, seen_at, first_seen_on, last_seen_on)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [user_id, video, posted, plays[-1], at, ago(len(plays) - 1), LAST],
    )
    for number, count in enumerate(plays):
        day = ago(len(plays) - 1 - number)
        connection.execute(
            "insert into creator_video_sightings (user_id, video_id, day, seen_at, plays) values (%s, %s, %s, %s, %s)",
            [user_id, video, day, at, count],
        )


def check(connection: Connection, user_id: str, columns: str = "*") -> dict[str, Any]:
    query = f"select {columns} from check_growth(%s, 0, 1, %s)"  # noqa: S608
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        found = cursor.execute(query.encode(), [LAST, user_id]).fetchall()
    assert len(found) == 1
    return found[0]


def signs(connection: Connection, user_id: str) -> dict[str, int | None]:
    found = check(connection, user_id)
    return {name: found[f"sign_{name}"] for name in SIGNS}


def test_growth_with_hearts_has_no_sign(connection: Connection):
    """2,310 followers gained and 1,000,000 hearts: nothing speaks for bought ones; of the videos nothing can be told."""
    play(connection, "1", CROWD)
    found = check(connection, "1")
    assert (found["days"], found["gained"], found["hearts"], found["posts"], found["usual_hearts"]) == (
        12, 2_310, 1_000_000, 6, 4 * 2_310,
    )  # fmt: skip
    assert signs(connection, "1") == {"hearts": 0, "videos": None, "purge": 0, "steps": 0, "jumps": 0}
    assert found["verdict"] == "no sign"


@pytest.mark.parametrize(
    ("hearts", "sign", "verdict"),
    # 9,240 are usual: a fifth of that is 1,848, a fifteenth 616.
    [
        (1_848, 0, "no sign"),
        (1_847, 1, "one sign"),
        (616, 1, "one sign"),
        (615, 2, "looks bought"),
        (0, 2, "looks bought"),
    ],
)
def test_hearts_are_compared_with_the_usual(connection: Connection, hearts: int, sign: int, verdict: str):
    """Fewer than a fifth of the usual is one sign; fewer than a fifteenth is enough for the mark."""
    play(connection, "1", CROWD, hearts=hearts)
    found = check(connection, "1")
    assert (found["sign_hearts"], found["verdict"]) == (sign, verdict)


@pytest.mark.parametrize(
    ("hearts", "burst_hearts", "sign"),
    # Nine days bring 180 followers, two 700 each; 100 hearts a day are usual for its other days, so 200 for the two. 1,400
    # followers would bring 5,600. 250 is a quarter more than 200.
    [
        (100, 249, 2),
        (100, 250, 0),
        # Where 5,600 more are less than half of what comes anyway, they would not have been seen.
        (5_600, 11_200, 2),
        (5_601, 11_202, 0),
    ],
)
def test_hearts_on_the_days_of_the_gain(connection: Connection, hearts: int, burst_hearts: int, sign: int):
    """Hearts that stay as they were on the days on which the followers came are enough for the mark."""
    play(connection, "1", [20_000] * 12)
    steps = (
        [(20, hearts)] * 4 + [(700, burst_hearts // 2), (700, burst_hearts - burst_hearts // 2)] + [(20, hearts)] * 5
    )
    followers, all_hearts = 20_000, 5_000
    for number, (step, new) in enumerate(steps):
        followers, all_hearts = followers + step, all_hearts + new
        connection.execute(
            "update creator_stats set follower_count = %s, heart_count = %s where recorded_date = %s",
            [followers, all_hearts, ago(10 - number)],
        )
    found = check(connection, "1")
    kept = [found[name] for name in ("burst_days", "burst_gained", "burst_hearts", "other_days", "other_hearts")]
    assert kept == [2, 1_400, burst_hearts, 9, 9 * hearts]
    # 1,580 gained: 6,320 usual; all 900 and some of the first two are fewer than a fifth.
    assert found["sign_hearts"] == (sign or (1 if 9 * hearts + burst_hearts < 1_264 else 0))


def test_hearts_are_compared_within_the_own_size(connection: Connection):
    """22,310 followers are of size 14, 16,384 to 32,767; its usual counts from 30 creators on."""
    play(connection, "1", CROWD, hearts=9_000)
    for creators, usual in ((29, 4 * 2_310), (30, 50 * 2_310)):
        connection.execute(
            "insert into usual_hearts (size, creators, hearts_per_follower) values (14, %s, 50)"
            " on conflict (size) do update set creators = excluded.creators",
            [creators],
        )
        assert check(connection, "1")["usual_hearts"] == usual
    connection.execute("delete from usual_hearts")
    found = check(connection, "1")
    assert (found["sign_hearts"], found["verdict"]) == (None, "cannot be told")


def test_growth_without_any_video(connection: Connection):
    """No post, and 10 % more followers: enough for the mark; a known video with ten plays for each of them explains it."""
    play(connection, "1", CROWD, posts=0)
    found = check(connection, "1")
    assert (found["posts"], found["sign_videos"], found["verdict"]) == (0, 2, "looks bought")
    # An old one: what counts are the plays added since it was first seen, 23,099 and then 23,100.
    post(connection, "1", "v", back=300, plays=[50_000, 73_099])
    assert check(connection, "1")["sign_videos"] == 2
    connection.execute("update creator_video_sightings set plays = 73100 where plays = 73099")
    found = check(connection, "1")
    assert (found["plays"], found["sign_videos"], found["verdict"]) == (23_100, 0, "no sign")


def test_slow_growth_without_any_video_is_one_sign(connection: Connection):
    """20,000 to 21,000 is less than 10 %."""
    play(
        connection,
        "1",
        [20_000 + each // 2 for each in (0, 190, 370, 610, 790, 1000, 1190, 1420, 1590, 1790, 1990, 2000)],
        posts=0,
    )
    found = check(connection, "1")
    assert (found["gained"], found["sign_videos"], found["verdict"]) == (1_000, 1, "one sign")


@pytest.mark.parametrize(
    ("known", "plays", "sign"),
    # 6 posts: of 2 or of fewer than half nothing is said. 3 of them with 3,850 plays each stand for 23,100 in all.
    [(2, 100, None), (3, 3_849, 1), (3, 3_850, 0), (4, 100, 1)],
)
def test_more_followers_than_plays_bring(connection: Connection, known: int, plays: int, sign: int | None):
    """More than one follower for ten plays is one sign, where enough of the videos are known."""
    play(connection, "1", CROWD)
    for number in range(known):
        post(connection, "1", f"v{number}", back=5, plays=[plays])
    assert check(connection, "1")["sign_videos"] == sign


def test_purge_and_rebuy(connection: Connection):
    """A loss of 4,000 of 24,000 in a night, of which 2,000 are back within ten days."""
    # The day before the fall 30 had left: more than four times that is sudden.
    before = [24_000, 24_040, 24_010, 24_060, 24_030, 24_000]
    play(connection, "1", [*before, 20_000, 20_010, 20_700, 21_400, 21_999, 22_000])
    found = check(connection, "1", "fall, fell_on, regained, sign_purge, verdict")
    assert found == {
        "fall": 4_000, "fell_on": ago(5), "regained": 2_000, "sign_purge": 2, "verdict": "looks bought",
    }  # fmt: skip
    play(connection, "2", [*before, 20_000, 20_010, 20_700, 21_400, 21_800, 21_999])
    assert check(connection, "2", "sign_purge, verdict") == {"sign_purge": 1, "verdict": "one sign"}


def test_a_long_way_down_is_no_purge(connection: Connection):
    """Whoever loses about as many day after day lost none in one night, however fast they climb afterwards."""
    play(
        connection,
        "1",
        [40_000, 36_000, 32_000, 28_000, 24_000, 20_000, 22_000, 24_000, 26_000, 28_000, 30_000, 32_000],
    )
    assert check(connection, "1", "fall, sign_purge") == {"fall": None, "sign_purge": 0}


def test_a_fall_across_a_gap_is_no_purge(connection: Connection):
    """Between two looks that are more than three days apart much can happen; 8 % is the least."""
    levels = [24_000] * 5
    play(connection, "1", [*levels, 23_000, 22_000, 21_000, *[20_000] * 6], estimated=(8, 7, 6))
    assert check(connection, "1", "fall, sign_purge") == {"fall": None, "sign_purge": 0}
    play(connection, "2", [*[25_000] * 6, *[23_001] * 6])
    assert check(connection, "2", "fall, sign_purge") == {"fall": None, "sign_purge": 0}


def test_identical_steps(connection: Connection):
    """Eight times 300 a day: seven are like the day before. Five of those are one sign."""
    crowd = [20_000, 20_170, 20_390, 20_540]
    dripping = [20_540 + 300 * each for each in range(1, 9)]
    play(connection, "1", [*crowd, *dripping])
    found = check(connection, "1", "steps, even_steps, even_step, sign_steps, verdict")
    assert found == {"steps": 10, "even_steps": 7, "even_step": 300, "sign_steps": 2, "verdict": "looks bought"}
    play(connection, "2", [19_500, 19_690, *crowd, *dripping[:6]])
    assert check(connection, "2", "even_steps, sign_steps") == {"even_steps": 5, "sign_steps": 1}


def test_estimated_days_are_no_evidence(connection: Connection):
    """A line between two observed days rises by the same every day, and says nothing."""
    line = [20_000 + 300 * each for each in range(12)]
    play(connection, "1", [*CROWD, *(22_310 + 300 * each for each in range(1, 13))], estimated=range(1, 12))
    found = check(connection, "1", "days, steps, even_steps, sign_steps, verdict")
    assert found == {"days": 13, "steps": 10, "even_steps": 0, "sign_steps": 0, "verdict": "no sign"}
    play(connection, "2", line, estimated=(3, 4, 5))
    # Nine observed days are too few.
    assert check(connection, "2", "days, gained, verdict") == {"days": 9, "gained": None, "verdict": "cannot be told"}


def test_jumps_at_round_numbers(connection: Connection):
    """A day with 1,000 above the 20 of its neighbours is a package; two make the mark; 1,300 is none that is sold."""
    quiet = [20_000 + 20 * each for each in range(5)]
    play(
        connection,
        "1",
        [*quiet, *(21_100 + 20 * each for each in range(4)), *(22_180 + 19 * each for each in range(4))],
    )
    found = check(connection, "1", "jumps, round_jumps, round_jump, sign_jumps, verdict")
    assert found == {"jumps": 2, "round_jumps": 2, "round_jump": 1_001, "sign_jumps": 2, "verdict": "looks bought"}
    play(connection, "2", [*quiet, *(21_400 + 20 * each for each in range(8))])
    found = check(connection, "2", "jumps, round_jumps, round_jump, sign_jumps")
    assert found == {"jumps": 1, "round_jumps": 0, "round_jump": None, "sign_jumps": 0}


@pytest.mark.parametrize(
    ("followers", "expected"),
    [
        (1_000, True), (985, True), (984, False), (1_015, True), (1_016, False), (2_500, True), (5_075, True),
        (300, False), (9_900, True), (25_000, True), (0, False), (-1_000, False), (None, False),
    ],
)  # fmt: skip
def test_what_is_round(connection: Connection, followers: int | None, expected: bool):
    """1, 2, 2.5 and 5 with noughts, give or take 1.5 %."""
    assert connection.execute("select is_round(%s::bigint)", [followers]).fetchall() == [(expected,)]


def test_who_did_not_grow_is_not_asked(connection: Connection):
    """Ten days without 3 % and 100 followers more; who was never observed has no row."""
    play(connection, "1", [20_000, 20_100, *[20_050] * 9, 20_500], hearts=0, posts=0)
    assert check(connection, "1", "gained, verdict") == {"gained": None, "verdict": "no growth"}
    assert connection.execute("select from check_growth(%s, 0, 1, 'nobody')", [LAST]).fetchall() == []


def test_the_mark_stands_in_standings(connection: Connection):
    """After a ranking each standing says what the check says, and done again nothing is written; the usual is that of all."""
    for number in range(30):
        play(connection, str(number), CROWD, hearts=2_310 * (number + 1))
    play(connection, "bought", CROWD, hearts=0, posts=0)
    play(connection, "new", CROWD[:5])
    rank(connection, LAST)
    # The middle of 0, 1, …, 30 hearts a follower; 22,310 is of size 14.
    assert connection.execute("select * from usual_hearts order by size").fetchall() == [(-1, 31, 15), (14, 31, 15)]
    found = connection.execute(
        "select growth_check, growth_signs, looks_bought, count(*) from standings group by 1, 2, 3 order by 4, 1"
    )
    # Fewer than a fifth of 15: the first two, of 1 and 2 hearts a follower. A fifteenth is 1: nobody of them has less.
    assert found.fetchall() == [
        ("cannot be told", [], False, 1),
        ("looks bought", ["hearts", "videos"], True, 1),
        ("one sign", ["hearts"], False, 2),
        ("no sign", [], False, 28),
    ]
    assert rank(connection, LAST)["written"] == 0
