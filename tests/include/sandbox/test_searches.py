"""Searches are deterministic and page as unevenly as real ones."""

from datetime import date
from itertools import pairwise

import pytest

from include.sandbox.searches import Searches, fold
from include.sandbox.trends import trending_words
from include.sandbox.world import World, day_number

DAY = day_number(date(2026, 11, 21))
WORDS = tuple(dict.fromkeys(fold(word) for word, _ in trending_words(7, DAY)))


@pytest.fixture(scope="module")
def searches() -> Searches:
    return Searches(World(seed=7, creators=600))


def _pages(searches, keyword, count=12):
    pages, offset = [], 0
    for _ in range(count):
        pages.append(searches.videos(keyword, DAY, offset, 20))
        offset = pages[-1].cursor
    return pages


def test_the_same_search_gives_the_same_page(searches):
    """Keyword, day and offset decide a page; spaces and case of the keyword do not matter."""
    again = Searches(World(seed=7, creators=600))
    assert searches.videos(WORDS[0], DAY, 20, 20) == again.videos(f" {WORDS[0].upper()} ", DAY, 20, 20)


def test_a_keyword_has_several_pages(searches):
    """Every trending word has at least three pages of videos, many have more than five."""
    lengths = [len(searches.hits(word, DAY)) for word in WORDS[:40]]
    assert min(lengths) > 40
    assert sum(length > 80 for length in lengths) > 10


def test_pages_repeat_items(searches):
    """Some later pages begin with videos of the page before."""
    pages = [page for word in WORDS[:10] for page in _pages(searches, word, 3)]
    repeats = [set(a.videos) & set(b.videos) for a, b in pairwise(pages)]
    assert any(repeats)


def test_the_end_comes_in_three_ways(searches):
    """No more; or empty pages for ever; or the last page again with a cursor that stands still."""
    ends = set()
    for word in WORDS[:20]:
        last = _pages(searches, word)[-1]
        ends.add((bool(last.videos), last.has_more))
    assert {(False, False), (False, True), (True, True)} == ends


def test_a_search_can_be_narrowed_to_recent_videos(searches):
    """publish_time leaves out what is older; sort_type 1 puts the most liked first."""
    recent = searches.videos(WORDS[0], DAY, 0, 30, publish_days=7)
    liked = searches.videos(WORDS[0], DAY, 0, 30, sort_type=1)
    likes = [searches.world.clip(*pair, DAY).likes for pair in liked.videos]
    posted = [searches.world.clip(*pair, DAY).posted_at for pair in recent.videos]
    assert (max(posted) - min(posted)).days < 7
    assert sorted(likes, reverse=True) == likes


def test_user_search_keeps_to_its_band(searches):
    """The comet band holds creators with 10,000 to 100,000 followers only."""
    found, _, _ = searches.users("ramen", DAY, 0, 30, "TEN_K_TO_ONE_H_K")
    followers = [searches.world.creator(index, DAY).followers for index in found]
    assert found
    assert all(10_000 <= count <= 100_000 for count in followers)


def test_no_letter_finds_no_hashtag(searches):
    """A keyword without a letter or digit has no hashtag."""
    assert searches.challenges("🔥🔥", 0, 20) == ((), 0, False)
