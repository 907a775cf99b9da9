"""What a search finds: deterministic lists, with the repeats and stalls real paging has."""

import re
from dataclasses import dataclass
from functools import lru_cache

from include.sandbox.dice import Dice, number
from include.sandbox.world import RECENT_VIDEOS, Clip, World

MAX_PAGE = 30

BANDS = {
    "": (0, 2**63),
    "ZERO_TO_ONE_K": (0, 1_000),
    "ONE_K_TO_TEN_K": (1_000, 10_000),
    "ONE_K_TO_TEN_K-1K": (1_000, 10_000),  # as the vendor's own page spells it
    "TEN_K_TO_ONE_H_K": (10_000, 100_000),
    "ONE_H_K_PLUS": (100_000, 2**63),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One page: (creator, video number) pairs, where the next begins, and whether there is said to be one."""

    videos: tuple[tuple[int, int], ...]
    cursor: int
    has_more: bool


def fold(keyword: str) -> str:
    """The form in which two spellings of a keyword are one search."""
    return re.sub(r"\s+", " ", keyword).strip().casefold()


def challenge_id(name: str) -> str:
    """A hashtag's id; a pure function of its folded name."""
    return str(number("challenge", fold(name).replace(" ", "")) % 10**15 + 10**5)


class Searches:
    """The searches of one world. A search is a pure function of (seed, keyword, day, minute of churn)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hits = lru_cache(maxsize=256)(self._hits)

    def _hits(self, keyword: str, day: int, churn: int = 0) -> tuple[tuple[int, int], ...]:
        """All (creator, video number) pairs in order, without repeats."""
        world = self.world
        if not keyword:
            return ()
        length = 60 + number(world.seed, "length", keyword) % 90
        pairs: dict[tuple[int, int], None] = {}
        for slot in range(length):
            # Two slots of three keep their creator for three days; churn re-draws one in twenty.
            spell = day // 3 if slot % 3 else f"day {day}"
            redrawn = churn if churn and number(churn, slot) % 20 == 0 else 0
            dice = Dice(world.seed, "slot", keyword, slot, spell, redrawn)
            index = self._draw(dice, day)
            if index is None:
                continue
            videos = world.creator(index, day).videos
            pairs[(index, max(0, videos - 1 - dice.below(min(RECENT_VIDEOS, max(1, videos)))))] = None
        return tuple(pairs)

    def _draw(self, dice: Dice, day: int) -> int | None:
        for _ in range(40):
            # The power makes some creators better known than others: they recur between keywords and days.
            index = int(self.world.creators * dice.unit() ** 1.5)
            if self.world.is_found_by_searches(index, day):
                return index
        return None

    def videos(
        self,
        keyword: str,
        day: int,
        offset: int,
        count: int,
        *,
        sort_type: int = 0,
        publish_days: int = 0,
        churn: int = 0,
    ) -> Found:
        """One page of a video search, paged by offset.

        A later page may begin with one or two videos of the page before. At the end a third of the keywords
        say there is no more, a third give empty pages for ever, and a third give the last page again with a
        cursor that stands still.
        """
        hits = self.hits(fold(keyword), day, churn)
        if sort_type == 1 or publish_days:
            hits = self._arranged(hits, day, sort_type, publish_days)
        return self._page(hits, fold(keyword), offset, count)

    def _arranged(
        self, hits: tuple[tuple[int, int], ...], day: int, sort_type: int, publish_days: int
    ) -> tuple[tuple[int, int], ...]:
        clips: list[tuple[tuple[int, int], Clip]] = [(pair, self.world.clip(*pair, day)) for pair in hits]
        if publish_days:
            newest = max((clip.posted_at for _, clip in clips), default=None)
            clips = [item for item in clips if newest and (newest - item[1].posted_at).days < publish_days]
        if sort_type == 1:
            clips.sort(key=lambda item: -item[1].likes)
        return tuple(pair for pair, _ in clips)

    def _page(self, hits: tuple[tuple[int, int], ...], name: str, offset: int, count: int) -> Found:
        offset, count = max(0, offset), min(max(1, count), MAX_PAGE)
        end = len(hits)
        way_to_end = number(self.world.seed, "end", name) % 3
        if offset >= end:
            stands_still = way_to_end == 1 and end > 0
            return Found(hits[-count:] if stands_still else (), offset, way_to_end != 0 and end > 0)
        repeats = number(self.world.seed, "repeat", name, offset) % 3 if offset else 0
        page = hits[max(0, offset - repeats) : offset] + hits[offset : offset + count - repeats]
        # What a repeat pushes out of the page is lost for good, as it is with the real one.
        more = offset + count < end or way_to_end != 0
        return Found(page, offset + count, more)

    def challenge_videos(self, ch_id: str, day: int, cursor: int, count: int) -> Found:
        """One page of a hashtag's videos, paged by cursor."""
        return self._page(self.hits(f"#{ch_id}", day), f"#{ch_id}", cursor, count)

    def challenges(self, keyword: str, offset: int, count: int) -> tuple[tuple[str, ...], int, bool]:
        """(names, next offset, more): hashtags like the keyword. The exact one is not always first."""
        stem = re.sub(r"[\s#]+", "", fold(keyword))
        if not re.search(r"\w", stem):
            return (), offset, False
        found = [
            stem,
            *(f"{stem}{ending}" for ending in ("tok", "challenge", "tutorial", "2026", "asmr", "ideas", "love")),
        ]
        if number("order", stem) % 3 == 0:
            found[0], found[1] = found[1], found[0]
        offset, count = max(0, offset), min(max(1, count), MAX_PAGE)
        return tuple(found[offset : offset + count]), offset + count, offset + count < len(found)

    def users(self, keyword: str, day: int, offset: int, count: int, band: str) -> tuple[tuple[int, ...], int, bool]:
        """(creators, next offset, more): a user search; an unknown follower band filters nothing."""
        low, high = BANDS.get(band, BANDS[""])
        world = self.world
        found: dict[int, None] = {}
        for slot in range(120):
            dice = Dice(world.seed, "user", fold(keyword), slot)
            index = int(world.creators * dice.unit() ** 1.2)
            creator = world.creator(index, day)
            if creator.status == "active" and low <= creator.followers <= high:
                found[index] = None
        everyone = tuple(found)
        offset, count = max(0, offset), min(max(1, count), MAX_PAGE)
        return everyone[offset : offset + count], offset + count, offset + count < len(everyone)

    def similar(self, index: int, day: int, count: int = 30) -> tuple[int, ...]:
        """Who is recommended as similar to a creator: the same for three days, whoever of them is shown."""
        dice = Dice(self.world.seed, "similar", index, day // 3)
        drawn = dict.fromkeys(dice.below(self.world.creators) for _ in range(count))
        return tuple(other for other in drawn if other != index and self.world.creator(other, day).status == "active")
