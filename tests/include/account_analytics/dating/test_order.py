"""Whatever the order of members and of their sightings, and whatever the clock: one result, and no day that is not true."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import MemberRows
from tests.examples import examples
from tests.include.account_analytics.dating.accounts import DAY, KINDS, World, noon

START = date(2026, 1, 20)
exports = st.lists(
    st.tuples(
        st.integers(0, 120),  # the day of the download
        st.sampled_from([7, 28, 60]),
        st.sampled_from([0, 0, 0, 1, 1, -1]),  # how late it is labelled
        st.booleans(),  # in a ZIP
        st.booleans(),  # with Content
    ),
    min_size=1,
    max_size=7,
)


def twice_seen(member: MemberRows) -> MemberRows:
    """The same member in a second ZIP, half an hour later."""
    again = [
        replace(
            seen,
            export_sha256=seen.export_sha256 + "b",
            written_at=seen.written_at and seen.written_at + timedelta(minutes=30),
        )
        for seen in member.sightings
    ]
    return replace(member, sightings=(*member.sightings, *again))


def landed_later(member: MemberRows, years: int) -> MemberRows:
    sightings = [
        replace(seen, landed_at=seen.landed_at.replace(year=seen.landed_at.year + years)) for seen in member.sightings
    ]
    return replace(member, sightings=tuple(sightings))


def members_of(world: World, drawn) -> list[MemberRows]:
    members: dict[str, MemberRows] = {}
    for n, days, shift, in_zip, with_content in drawn:
        for member in world.export(noon(START + n * DAY), days, shift, in_zip=in_zip, with_content=with_content):
            known = members.get(member.sha256)
            members[member.sha256] = replace(member, sightings=known.sightings + member.sightings) if known else member
    return [twice_seen(member) if n % 3 == 0 else member for n, member in enumerate(members.values())]


@examples(60)
@given(exports, st.integers(0, 50), st.sampled_from(KINDS), st.randoms(use_true_random=False))
@pytest.mark.thorough
def test_order(drawn, seed: int, kind: str, shuffle: random.Random):
    """Members and sightings in any order give the same days, shifts, warnings and questions."""
    is_the_same(drawn, seed, kind, shuffle)


@examples(12)
@given(exports, st.integers(0, 50), st.sampled_from(KINDS), st.randoms(use_true_random=False))
def test_some_orders(drawn, seed: int, kind: str, shuffle: random.Random):
    """The same for a few."""
    is_the_same(drawn, seed, kind, shuffle)


def is_the_same(drawn, seed: int, kind: str, shuffle: random.Random) -> None:
    members = members_of(World(seed, kind), drawn)
    expected = solve(members)
    shuffled = [replace(each, sightings=tuple(shuffle.sample(each.sightings, len(each.sightings)))) for each in members]
    shuffle.shuffle(shuffled)
    assert solve(shuffled) == expected


@examples(40)
@given(exports, st.integers(0, 50), st.sampled_from(KINDS), st.integers(1, 9))
def test_later_landing(drawn, seed: int, kind: str, years: int):
    """Landing years later changes nothing but the years that a question offers."""

    def without_candidates(members: list[MemberRows]):
        return {
            sha256: replace(found, question=found.question and replace(found.question, candidates=()))
            for sha256, found in solve(members).items()
        }

    members = members_of(World(seed, kind), drawn)
    assert without_candidates(members) == without_candidates([landed_later(each, years) for each in members])


@examples(60)
@given(
    st.lists(st.tuples(st.integers(1, 24), st.booleans(), st.booleans()), min_size=2, max_size=9),
    st.integers(0, 50),
    st.sampled_from(["steady", "daily", "viral", "evening", "bursts"]),
    st.randoms(use_true_random=False),
)
def test_true_days(drawn, seed: int, kind: str, shuffle: random.Random):
    """Overlapping downloads of 28 days, some bare, up to two of three late, end on their true days in any order of dropping."""
    world, at, truth = World(seed, kind), noon(START + 40 * DAY), {}
    members = world.export(at)
    truth[members[0].sha256] = at.date() - 28 * DAY
    on_time, late = 1, 0
    for step, may_be_late, in_zip in drawn:
        at += step * DAY
        is_late = may_be_late and late < 2 * on_time
        on_time, late = on_time + (not is_late), late + is_late
        # The hour of a late download is one at which it is tomorrow somewhere.
        moment = at.replace(hour=23) if is_late else at
        members += world.export(moment, shift=int(is_late), in_zip=in_zip)
        truth[members[-1].sha256] = at.date() - 28 * DAY
    shuffle.shuffle(members)
    dated = solve(members)
    for sha256, first in truth.items():
        assert dated[sha256].first_label is not None
        assert dated[sha256].first_label - dated[sha256].label_shift * DAY == first


def test_deep_history():
    """Three years of a download a week are solved in a blink, each on its true days."""
    world = World(7, "steady", first=date(2023, 9, 1), count=1_100)
    first = noon(date(2023, 10, 15))
    members = [
        member for week in range(150) for member in world.export(first + week * 7 * DAY, shift=int(week % 5 == 2))
    ]
    begun = datetime.now().astimezone()
    dated = solve(members)
    assert (datetime.now().astimezone() - begun).total_seconds() < 5
    assert [dated[each.sha256].label_shift for each in members] == [int(week % 5 == 2) for week in range(150)]
