"""Bought followers in the made-up world: how they come and go, and what follows them and what does not."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from include.sandbox import purchases
from include.sandbox.purchases import Purchase, bought, held
from include.sandbox.world import World, day_number, won_followers

DAY = day_number(date(2026, 11, 21))


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=7, creators=3_000)


def purchase(kind: str, amount: int, **other) -> Purchase:
    return Purchase(
        kind, **{"cycle": 46, "offset": 0, "amount": amount, "fakes_hearts": False, "hardly_posts": False, **other}
    )


def test_packages_come_in_one_piece_and_bleed_away():
    """Three of 1,000 on the days 1, 6 and 12; from day 26 to the last, 45, they go; a new round brings them again."""
    kept = purchase("packages", 1_000)
    levels = [held(kept, day) for day in range(47)]
    assert [levels[day] for day in (0, 1, 5, 6, 11, 12, 26)] == [0, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000]
    # 10 of 19 days are left on day 35: 3,000 * 10 / 19.
    assert [levels[day] for day in (35, 45, 46)] == [1_578, 0, 0]
    assert [bought(kept, day) for day in (0, 12, 45, 46, 47)] == [0, 3_000, 3_000, 3_000, 4_000]


def test_a_drip_is_the_same_every_day():
    """250 a day for 21 days, and no more."""
    kept = purchase("drip", 250)
    assert {today - before for before, today in pairwise(held(kept, day) for day in range(22))} == {250}
    assert held(kept, 26) == 21 * 250 == 5_250


def test_what_a_purge_takes_is_bought_again():
    """8,000 within four days, 1,200 left on the tenth, and 8,000 again on the 17th."""
    kept = purchase("purged", 8_000)
    assert [held(kept, day) for day in (0, 2, 4, 9, 10, 13, 15, 17, 26)] == [
        0, 4_000, 8_000, 8_000, 1_200, 1_200, 4_600, 8_000, 8_000,
    ]  # fmt: skip
    assert bought(kept, 45) == 8_000 + 6_800


def test_few_buy_and_in_every_way(world):
    """About 5.8 % of all: 8 % of the 73 % of whom no other story is told. Each kind is there, and so are bought hearts."""
    bought_by = [world.persona(index).purchase for index in range(3_000)]
    buyers = [each for each in bought_by if each]
    assert 0.045 < len(buyers) / 3_000 < 0.07
    assert {each.kind for each in buyers} == {"packages", "drip", "purged"}
    assert {each.fakes_hearts for each in buyers} == {each.hardly_posts for each in buyers} == {True, False}
    assert {each.amount for each in buyers if each.kind == "packages"} <= set(purchases._SOLD)


def test_hearts_follow_who_was_won_and_not_who_was_bought(world):
    """Beside those of the videos, hearts_per_gain come with each follower won; with bought ones only where hearts are bought."""
    for index in range(600):
        persona = world.persona(index)
        before, after = (world.creator(index, day) for day in (DAY, DAY + 20))
        of_videos = persona.hearts_per_video * persona.posts_a_day * 20
        gained = won_followers(persona, DAY + 20) - won_followers(persona, DAY)
        if persona.purchase and persona.purchase.fakes_hearts:
            gained += bought(persona.purchase, DAY + 20) - bought(persona.purchase, DAY)
        assert after.hearts - before.hearts == pytest.approx(of_videos + persona.hearts_per_gain * gained, abs=3)


def test_followers_won_never_fall_and_are_the_curves_rise(world):
    """Over a whole round of a curve they are what it rises: its gain, and twice that for a wave."""
    for index in range(300):
        persona = world.persona(index)
        won = [won_followers(persona, DAY + day) for day in range(persona.curve_days + 1)]
        assert sorted(won) == won
        if persona.purchase is None and persona.curve != "still":
            rounds = 2 if persona.curve == "wave" else 1
            assert won[-1] - won[0] == pytest.approx(persona.followers * persona.curve_gain * rounds, rel=1e-4)


def test_plays_follow_who_was_won(world):
    """A video has plays_per_gain more plays for each follower won on its two days; of an account that stands still none."""
    index = next(i for i in range(3_000) if (bought := world.persona(i).purchase) and bought.kind == "drip")
    assert won_followers(world.persona(index), DAY) == 0
    rising = [i for i in range(600) if world.persona(i).curve == "explode" and world.persona(i).story == "plain"]
    lifted = 0
    for index in rising:
        persona, newest = world.persona(index), world.creator(index, DAY).videos - 1
        clip = world.clip(index, newest, DAY)
        posted = day_number(clip.posted_at.date())
        lift = persona.plays_per_gain * (won_followers(persona, posted + 2) - won_followers(persona, posted))
        assert clip.plays in (49_999, 50_000) or clip.plays >= lift
        lifted += lift > 1_000_000
    assert lifted > 0


def test_who_hardly_posts_has_no_new_video_for_weeks(world):
    """Three hundredths of a video a day at most."""
    for index in range(3_000):
        persona = world.persona(index)
        if persona.purchase and persona.purchase.hardly_posts:
            posted = world.creator(index, DAY).videos - world.creator(index, DAY - 28).videos
            assert 0 <= posted <= 1
