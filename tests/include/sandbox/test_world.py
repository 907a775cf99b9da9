"""The made-up world is a pure function of seed, creator and day."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from include.comets.contacts import stated_by
from include.sandbox import names
from include.sandbox.answers import Answers, Moment
from include.sandbox.links import Links
from include.sandbox.searches import Searches
from include.sandbox.trends import trending_words
from include.sandbox.world import World, day_number
from include.tikhub.models import Profile
from include.tikhub.parsers import parse_profile

DAY = day_number(date(2026, 11, 21))


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=7, creators=600)


def test_two_worlds_of_one_seed_are_the_same(world):
    """Seed, index and day decide everything about a creator and a video."""
    other = World(seed=7, creators=100_000)
    assert [other.creator(i, DAY) for i in range(50)] == [world.creator(i, DAY) for i in range(50)]
    assert [other.clip(i, 3, DAY) for i in range(50)] == [world.clip(i, 3, DAY) for i in range(50)]


def test_another_seed_is_another_world(world):
    """No creator of one seed has the uid or the counts of another seed's."""
    other = World(seed=8, creators=600)
    assert {world.user_id(i) for i in range(600)}.isdisjoint(other.user_id(i) for i in range(600))


def test_ids_have_the_form_of_real_ones(world):
    """A uid has 19 digits and is above 2**53; a sec_uid has 76 characters."""
    uids = [world.user_id(i) for i in range(600)]
    assert {(19, True)} == {(len(uid), int(uid) > 2**53) for uid in uids}
    assert len(set(uids)) == 600
    assert {(76, "MS4wLjABAAAA")} == {(len(s), s[:12]) for s in map(world.sec_user_id, range(600))}


@pytest.mark.parametrize("index", [0, 1, 599, 12_997, 12_998, 99_999])
def test_ids_lead_back_to_their_creator(index):
    """Look-ups by uid, sec_uid and handle find the creator in a large world without searching it."""
    world = World(seed=7, creators=100_000)
    creator = world.creator(index, DAY)
    found = (
        world.find_by_user_id(creator.persona.user_id),
        world.find_by_sec_user_id(creator.persona.sec_user_id),
        world.find_by_handle(creator.handle.upper(), DAY),
    )
    assert (index, index, index) == found


@pytest.mark.parametrize("text", ["", "x", "7" * 19, "MS4wLjABAAAA" + "A" * 64, "MS4wLjABAAAA" + "é" * 64, "maya", "ß"])
def test_ids_nobody_has_find_nobody(world, text):
    """A malformed or unknown id is nobody's."""
    found = (world.find_by_user_id(text), world.find_by_sec_user_id(text), world.find_by_handle(text, DAY))
    assert found == (None, None, None)


def test_on_one_day_no_two_creators_have_one_handle():
    """Handles are unique on a day, renames and taken handles included."""
    world = World(seed=7, creators=5_000)
    assert len({world.creator(i, DAY).handle for i in range(5_000)}) == 5_000


def test_every_word_pair_comes_up_once():
    """The creators' words are a bijection with their indexes."""
    for index in range(0, 40_000, 97):
        assert index == names.index_of(*names.words_of(index))


def test_only_told_falls_are_sudden(world):
    """A count falls by more than half in a day only where the story says so."""
    fallers = set()
    for index in range(600):
        counts = [world.creator(index, DAY + offset).followers for offset in range(60)]
        if any(today < yesterday / 2 for yesterday, today in pairwise(counts)):
            fallers.add(world.persona(index).story)
    assert {"zero", "halved"} == fallers


def test_a_zero_is_over_the_next_day(world):
    """The fall to 0 lasts one day; the one to about a third lasts six."""
    stories: dict[str, set[int]] = {}
    for index in range(600):
        persona = world.persona(index)
        if persona.story in ("zero", "halved"):
            low = [world.creator(index, DAY + o).followers < 0.45 * persona.followers for o in range(90)]
            stories.setdefault(persona.story, set()).add(sum(low) // (90 // {"zero": 15, "halved": 18}[persona.story]))
    assert {1} == stories["zero"]
    assert max(stories["halved"]) >= 6


def test_a_fall_goes_on_moving(world):
    """After a purge each of six days differs from the one before by up to a fourth, or nothing is left at all."""
    moves, emptied = set(), 0
    for index in range(600):
        persona = world.persona(index)
        if persona.story != "halved":
            continue
        start = next(o for o in range(18, 36) if (DAY + o + persona.story_offset) % 18 == 0)
        low = [world.creator(index, DAY + start + told).followers for told in range(6)]
        assert low[1] < world.creator(index, DAY + start - 1).followers / 2
        if low == [0] * 6:
            emptied += 1
        else:
            moves |= {round(1 - today / yesterday, 2) for yesterday, today in pairwise(low)}
    assert emptied > 1
    assert max(moves) > 0.12
    assert len(moves) > 8


def test_hearts_and_videos_never_fall(world):
    """Hearts and videos only grow, and are never negative."""
    for index in range(100):
        days = [world.creator(index, DAY + offset) for offset in range(30)]
        assert sorted(day.hearts for day in days) == [day.hearts for day in days]
        assert sorted(day.videos for day in days) == [day.videos for day in days]


def test_a_freed_handle_goes_to_another_creator(world):
    """Within 16 days each pair's first handle is had by one, then by nobody, then by the other."""
    index = next(i for i in range(600) if world.persona(i).story == "frees")
    handle = names.handle(7, index, 0, names_platform=False)
    owners = {world.find_by_handle(handle, DAY + offset) for offset in range(16)}
    assert {index, None, index + 1} == owners


def test_every_story_is_told_in_the_default_world(world):
    """The default world holds every kind of creator the pipeline must cope with."""
    personas = [world.persona(i) for i in range(600)]
    assert {
        "plain",
        "renames",
        "private",
        "hidden",
        "gone",
        "missing",
        "zero",
        "halved",
        "frees",
        "takes",
    } == {p.story for p in personas}
    assert {"", "handle", "nickname", "bio"} == {p.platform_in for p in personas}
    assert {True, False} == {p.refuses_sec_user_id for p in personas}
    statuses = {world.creator(i, DAY + o).status for i in range(600) for o in range(22)}
    assert {"active", "private", "hidden", "gone", "missing"} == statuses


def test_videos_are_posted_before_today(world):
    """A day's newest video is not from the future, and its id carries the second it was posted in."""
    for index in range(200):
        clip = world.clip(index, world.creator(index, DAY).videos - 1, DAY)
        assert day_number(clip.posted_at.date()) < DAY
        assert int(clip.posted_at.timestamp()) == int(clip.video_id) >> 32


def test_trending_words_have_the_quirks_of_real_ones():
    """About 100 words a day, some of them near-duplicates, with double spaces, with " Trend", in other scripts."""
    words = [word for word, _ in trending_words(7, DAY)]
    assert 95 <= len(words) <= 100
    assert len({" ".join(word.split()).casefold() for word in words}) < len(words)
    assert any("  " in word for word in words)
    assert any(word.endswith(" Trend") for word in words)
    assert any(not word.isascii() for word in words)


def test_trending_words_change_from_day_to_day():
    """Neighbouring days share some words, not all."""
    today = {word for word, _ in trending_words(7, DAY)}
    tomorrow = {word for word, _ in trending_words(7, DAY + 1)}
    assert today != tomorrow
    assert today & tomorrow


def test_creators_say_where_they_are_reached(world):
    """Some profiles have each of the fields, some bios an address; all are read, and of domains nobody owns."""
    read = [contact for profile in _profiles(world) for contact in stated_by(profile)]
    assert {(each.kind, each.found_in) for each in read} >= {
        ("category", "category"),
        ("email", "bio"),
        ("email", "bio_email"),
        ("instagram", "ins_id"),
        ("link", "bio_url"),
        ("youtube", "youtube_channel_id"),
    }
    hosts = {re.sub(r"^\w+://|/.*$|^.*@", "", each.value) for each in read if each.found_in in {"bio_email", "bio_url"}}
    assert hosts
    assert {host for host in hosts if not host.endswith(".example")} == set()


def test_addresses_spelt_out_are_read(world):
    """Some bios end in an address that has no @, and of each of these one address is read."""
    spelt = [replace(profile, contact_fields=()) for profile in _profiles(world) if "@" not in profile.signature]
    ending = [profile for profile in spelt if profile.signature.endswith("example")]
    found = [[each.kind for each in stated_by(profile)].count("email") for profile in ending]
    assert 10 < len(found) < 60
    assert set(found) == {1}


def _profiles(world: World) -> list[Profile]:
    answers = Answers(world, Searches(world), Links(world.seed))
    moment = Moment(1_764_000_000, DAY, "http://127.0.0.1")
    people = [world.creator(index, DAY) for index in range(600)]
    read = [parse_profile({"user": answers.profile(each, moment)}) for each in people]
    return [each for each in read if isinstance(each, Profile)]
