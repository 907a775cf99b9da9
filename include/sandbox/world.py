"""The made-up world: creators and videos are pure functions of (seed, index, day), so size costs nothing."""

import base64
import hashlib
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from include.sandbox import contacts, names, purchases
from include.sandbox.dice import Dice, number
from include.sandbox.research.catalogue import seconds_of

EPOCH = date(2025, 1, 1)
DAYS_OF_A_VIDEO = 2  # on which it wins followers
RECENT_VIDEOS = 8  # a search shows a creator's latest videos, as the real one mostly does

_UID_BASE = 6_600_000_000_000_000_000
_UID_SPAN = 10**18
_UID_STEP = 618_033_988_749_894_849  # odd and no multiple of 5, so it has an inverse modulo 10**18
_SEC_PREFIX = "MS4wLjABAAAA"
_SEC_BYTES = 48
_PAIR_BLOCK = 40  # one freed-and-taken handle in each block of this many creators

_SIZES = {"small": 0.22, "band": 0.52, "big": 0.26}
_FOLLOWERS = {"small": (900, 9_400), "band": (10_600, 92_000), "big": (104_000, 4_000_000)}
_CURVES = {"rise": 0.42, "fall": 0.14, "explode": 0.10, "plateau": 0.22, "wave": 0.12}
_STORIES = {
    "plain": 0.73, "renames": 0.06, "private": 0.04, "hidden": 0.03, "gone": 0.05, "missing": 0.02,
    "zero": 0.03, "halved": 0.04,
}  # fmt: skip
# (how often a story comes round, how long it lasts), in days: short, so that a week shows them all.
_CYCLES = {
    "private": (14, 4),
    "hidden": (16, 4),
    "gone": (22, 7),
    "missing": (22, 7),
    "zero": (15, 1),
    "halved": (18, 12),
}
_FACELESS = {
    "small_face": 0.2, "coffee": 0.15, "rocket": 0.15, "cat": 0.15, "slide": 0.15, "gradient": 0.1,
    "texture": 0.1,
}  # fmt: skip
_STATUS = {"private": "private", "hidden": "hidden", "gone": "gone", "missing": "missing"}


@dataclass(frozen=True, slots=True)
class Persona:
    """What never changes about a creator."""

    index: int
    user_id: str
    sec_user_id: str
    followers: int
    curve: str
    curve_days: int
    curve_offset: int
    curve_gain: float
    story: str
    story_offset: int
    platform_in: str  # "", "handle", "nickname" or "bio"
    narrates: float  # the share of captions that narrate somebody else
    face_share: float  # the share of covers with a face
    posts_a_day: float
    first_videos: int
    hearts_per_video: int
    first_hearts: int
    fashion: tuple[int, int, int]  # (cycle in days, offset, days of it in which searches find the creator)
    refuses_sec_user_id: bool
    refuses_user_id: bool
    hearts_per_gain: float  # hearts that come with a follower who was won
    plays_per_gain: float  # plays of new videos for each such follower
    purchase: purchases.Purchase | None


@dataclass(frozen=True, slots=True)
class Creator:
    """A creator on one day.

    `status` is active, private, hidden (private, and no counts given), gone, or missing (gone, as HTTP 404).
    """

    persona: Persona
    handle: str
    nickname: str
    bio: str
    status: str
    followers: int
    hearts: int
    videos: int
    following: int


@dataclass(frozen=True, slots=True)
class Clip:
    """One video as it stands on one day; `cover` is the kind of picture, see covers.py; duration in ms."""

    index: int
    number: int
    video_id: str
    caption: str
    hashtags: tuple[str, ...]
    posted_at: datetime
    plays: int
    likes: int
    comments: int
    shares: int
    saves: int
    duration_ms: int
    cover: str
    broken: str  # which image objects the cover's kind is true of: "both" or "origin_cover"


def day_number(day: date) -> int:
    """Days since the world's epoch; negative before it."""
    return day.toordinal() - EPOCH.toordinal()


class World:
    """All creators of one seed. Look-ups by uid, sec_uid and handle are computed, not searched."""

    def __init__(self, seed: int, creators: int) -> None:
        self.seed = seed
        self.creators = creators
        self.persona = lru_cache(maxsize=20_000)(self._persona)
        self.creator = lru_cache(maxsize=20_000)(self._creator)

    # -- identities ------------------------------------------------------------------------------------

    def user_id(self, index: int) -> str:
        """19 digits, above 2**53."""
        return str(_UID_BASE + (index * _UID_STEP + number(self.seed, "uid") % _UID_SPAN) % _UID_SPAN)

    def sec_user_id(self, index: int) -> str:
        """76 characters that begin as real ones do; the uid is inside, masked, to be found again."""
        uid = int(self.user_id(index))
        head = (uid ^ number(self.seed, "sec")).to_bytes(8, "big")
        tail = hashlib.blake2b(head, digest_size=_SEC_BYTES - 8).digest()
        return _SEC_PREFIX + base64.urlsafe_b64encode(head + tail).decode()

    def find_by_user_id(self, user_id: str) -> int | None:
        """The creator with this uid, or None."""
        if not (user_id.isascii() and user_id.isdigit() and len(user_id) == 19):
            return None
        place = (int(user_id) - _UID_BASE - number(self.seed, "uid") % _UID_SPAN) % _UID_SPAN
        index = place * pow(_UID_STEP, -1, _UID_SPAN) % _UID_SPAN
        return index if index < self.creators and self.user_id(index) == user_id else None

    def find_by_sec_user_id(self, sec_user_id: str) -> int | None:
        """The creator with this sec_uid, or None."""
        if len(sec_user_id) != len(_SEC_PREFIX) + _SEC_BYTES * 4 // 3 or not sec_user_id.startswith(_SEC_PREFIX):
            return None
        try:
            head = base64.urlsafe_b64decode(sec_user_id[len(_SEC_PREFIX) :])[:8]
        except ValueError:
            return None
        index = self.find_by_user_id(str(int.from_bytes(head, "big") ^ number(self.seed, "sec")))
        return index if index is not None and self.sec_user_id(index) == sec_user_id else None

    def find_by_handle(self, handle: str, day: int) -> int | None:
        """The creator who has this handle on this day (upper and lower case alike), or None."""
        for owner in names.owners_of(handle):
            for index in (owner, owner + 1):  # a freed handle can only have gone to the next one
                if index < self.creators and self.creator(index, day).handle == handle.lower():
                    return index
        return None

    # -- creators --------------------------------------------------------------------------------------

    def _persona(self, index: int) -> Persona:
        dice = Dice(self.seed, "persona", index)
        pair = self._pair_role(index)
        size = "band" if pair else dice.pick_weighted(_SIZES)
        low, high = _FOLLOWERS[size]
        followers = (
            dice.pick((10_000, 100_000)) if size == "band" and dice.chance(0.01) else int(dice.spread(low, high))
        )
        edge = followers in (10_000, 100_000)
        curve = "still" if edge else dice.pick_weighted(_CURVES)
        gains = {"rise": (0.3, 1.8), "fall": (0.3, 1.2), "explode": (2.0, 10.0), "wave": (0.1, 0.3)}
        persona = Persona(
            index=index,
            user_id=self.user_id(index),
            sec_user_id=self.sec_user_id(index),
            followers=followers,
            curve=curve,
            curve_days=int(dice.between(90, 200)),
            curve_offset=dice.below(200),
            curve_gain=dice.between(*gains.get(curve, (0.001, 0.004))),
            story=pair or dice.pick_weighted(_STORIES),
            story_offset=dice.below(400),
            platform_in="" if pair else dice.pick_weighted({"": 0.76, "handle": 0.08, "nickname": 0.06, "bio": 0.10}),
            narrates=dice.pick((0.05, 0.05, 0.15, 0.5)),
            face_share=dice.pick((0.9, 0.85, 0.8, 0.7, 0.15)),
            posts_a_day=dice.spread(0.15, 2.0),
            first_videos=int(dice.spread(20, 900)),
            hearts_per_video=int(dice.spread(40, 4_000)),
            first_hearts=int(followers * dice.spread(3, 60)),
            fashion=(8 + dice.below(9), dice.below(400), 3 + dice.below(2)),
            refuses_sec_user_id=dice.chance(0.03),
            refuses_user_id=dice.chance(0.03),
            hearts_per_gain=Dice(self.seed, "hearts per gain", index).spread(0.8, 15),
            plays_per_gain=Dice(self.seed, "plays per gain", index).spread(30, 400),
            purchase=None,
        )
        return self._as_buyer(persona)

    def _as_buyer(self, persona: Persona) -> Persona:
        """The same, with what they buy; who does may hardly post, whatever their followers do."""
        if persona.story != "plain" or persona.curve == "still":
            return persona
        dice = Dice(self.seed, "purchase", persona.index)
        purchase = purchases.draw(dice, persona.followers)
        if purchase is None or not purchase.hardly_posts:
            return replace(persona, purchase=purchase)
        few, rarely = min(persona.first_videos, 40), dice.spread(0.008, 0.03)
        return replace(persona, purchase=purchase, first_videos=few, posts_a_day=rarely)

    def _pair_role(self, index: int) -> str:
        """`frees` gives its handle up, and the next creator, `takes`, picks it up; "" for all others."""
        block, place = divmod(index, _PAIR_BLOCK)
        frees = number(self.seed, "pair", block) % (_PAIR_BLOCK - 1)
        return {frees: "frees", frees + 1: "takes"}.get(place, "")

    def _creator(self, index: int, day: int) -> Creator:
        persona = self.persona(index)
        handle = self._handle(persona, day)
        return Creator(
            persona=persona,
            handle=handle,
            nickname=names.nickname(self.seed, index, persona.platform_in == "nickname"),
            bio=self._bio(persona, handle),
            status=_STATUS[persona.story]
            if persona.story in _STATUS and _story_day(persona, day) is not None
            else "active",
            followers=self._followers(persona, day),
            hearts=_hearts(persona, day),
            videos=max(0, persona.first_videos + math.floor(persona.posts_a_day * day)),
            following=number(self.seed, "following", index) % 2_000,
        )

    def _bio(self, persona: Persona, handle: str) -> str:
        said = names.bio(self.seed, persona.index, persona.platform_in == "bio", handle)
        return "\n".join(filter(None, (said, contacts.line_of_bio(self.seed, persona.index))))

    def _handle(self, persona: Persona, day: int) -> str:
        own = persona.platform_in == "handle"
        if persona.story == "renames":
            return names.handle(self.seed, persona.index, (day + persona.story_offset) // 12, own)
        if persona.story == "frees":
            return names.handle(self.seed, persona.index, int(self._pair_day(persona.index, day) >= 8), own)
        if persona.story == "takes" and self._pair_day(persona.index, day) >= 10:
            return names.handle(self.seed, persona.index - 1, 0, names_platform=False)
        return names.handle(self.seed, persona.index, 0, own)

    def _pair_day(self, index: int, day: int) -> int:
        return (day + number(self.seed, "pair day", index // _PAIR_BLOCK)) % 16

    def _followers(self, persona: Persona, day: int) -> int:
        if persona.curve == "still":
            return persona.followers
        if persona.purchase is not None and persona.purchase.stands_still:
            return persona.followers + purchases.held(persona.purchase, day)
        noise = Dice(self.seed, "day", persona.index, day).between(-0.0012, 0.0012)
        count = persona.followers * (1 + _growth(persona, day) + noise)
        told = _story_day(persona, day)
        if told is not None and persona.story == "zero":
            return 0
        if told is not None and persona.story == "halved":
            count *= _left_after_fall(persona, told)
        if persona.purchase is not None:
            count += purchases.held(persona.purchase, day)
        return max(0, int(count))

    def is_found_by_searches(self, index: int, day: int) -> bool:
        """Searches find a creator on some days only: discovery does not see the whole roster again."""
        cycle, offset, shown = self.persona(index).fashion
        return (day + offset) % cycle < shown and self.creator(index, day).status == "active"

    # -- videos ----------------------------------------------------------------------------------------

    def clip(self, index: int, clip_number: int, day: int) -> Clip:
        """Video `clip_number` (0 is the creator's first) as it stands on this day."""
        persona = self.persona(index)
        dice = Dice(self.seed, "clip", index, clip_number)
        posted_day = math.floor((clip_number - persona.first_videos) / persona.posts_a_day)
        posted_at = datetime(EPOCH.year, EPOCH.month, EPOCH.day, tzinfo=UTC) + timedelta(
            days=posted_day, seconds=dice.below(86_400)
        )
        caption, hashtags = names.caption(self.seed, index, clip_number, persona.narrates)
        base = dice.pick((49_999, 50_000)) if dice.chance(0.02) else int(dice.spread(3_000, 1_500_000))
        won = won_followers(persona, posted_day + DAYS_OF_A_VIDEO) - won_followers(persona, posted_day)
        seen = base + persona.plays_per_gain * won
        plays = base if base in (49_999, 50_000) else int(seen * (1 + 0.01 * min(30, max(0, day - posted_day))))
        cover, broken = _cover_kind(dice, persona.face_share)
        likes = int(plays * dice.between(0.02, 0.2))
        video_id = str((int(posted_at.timestamp()) << 32) | dice.bits() >> 32)
        return Clip(
            index=index,
            number=clip_number,
            video_id=video_id,
            caption=caption,
            hashtags=hashtags,
            posted_at=posted_at,
            plays=plays,
            likes=likes,
            comments=likes // 30,
            shares=likes // 12,
            saves=likes // 7,
            duration_ms=1_000 * seconds_of(video_id),
            cover=cover,
            broken=broken,
        )


def _cover_kind(dice: Dice, face_share: float) -> tuple[str, str]:
    """(kind of picture, which image objects it is true of). A few covers cannot be read at all."""
    broken = "both" if dice.chance(0.6) else "origin_cover"
    if dice.chance(0.05):
        return dice.pick(("cut_off", "not_an_image", "no_urls", "no_object", "withheld")), broken
    if dice.chance(face_share):
        return "face", "both"
    return dice.pick_weighted(_FACELESS), "both"


def _story_day(persona: Persona, day: int) -> int | None:
    """How many days the creator's story has been going on, 0 on its first; None outside it."""
    cycle, lasting = _CYCLES.get(persona.story, (1, 0))
    told = (day + persona.story_offset) % cycle
    return told if told < lasting else None


def _left_after_fall(persona: Persona, told: int) -> float:
    """What is left of the count: six days low and still falling, as after a purge, then a climb back. Some lose all of it."""
    lowest = 0.22
    if persona.story_offset % 3 == 0:
        lowest = 0.0
    elif told < 6:
        return lowest + 0.15 * 0.6**told
    return lowest if told < 6 else lowest + (1 - lowest) * (told - 5) / 7


def _hearts(persona: Persona, day: int) -> int:
    """Hearts follow videos and followers who were won; those who were bought give none, unless hearts are bought as well."""
    hearts = persona.first_hearts + int(persona.hearts_per_video * persona.posts_a_day * day)
    gained = won_followers(persona, day)
    if persona.purchase is not None and persona.purchase.fakes_hearts:
        gained += purchases.bought(persona.purchase, day)
    return max(0, hearts) + int(persona.hearts_per_gain * gained)


def won_followers(persona: Persona, day: int) -> float:
    """All followers ever won, since some day before the world's epoch; who left again still counts, so it never falls."""
    if persona.curve == "still" or (persona.purchase is not None and persona.purchase.stands_still):
        return 0.0
    cycles, told = divmod(day + persona.curve_offset, persona.curve_days)
    return (
        persona.followers
        * persona.curve_gain
        * (cycles * _rises(persona, 1.0) + _rises(persona, told / persona.curve_days))
    )


def _rises(persona: Persona, along: float) -> float:
    """What a round of the curve has risen so far, of its gain."""
    if persona.curve == "wave":
        height = math.sin(2 * math.pi * along)
        return height if along < 0.25 else 1.0 if along < 0.75 else 2.0 + height
    if persona.curve == "explode":
        return 1 / (1 + math.exp(-(min(along, 0.7) * persona.curve_days - 25) / 2))
    top = 0.15 if persona.curve == "fall" else 0.85
    return min(1.0, along / top)


def _growth(persona: Persona, day: int) -> float:
    """The part by which the follower count is above its base; smooth: no day falls by more than a half."""
    along = ((day + persona.curve_offset) % persona.curve_days) / persona.curve_days
    if persona.curve == "wave":
        return persona.curve_gain * math.sin(2 * math.pi * along)
    if persona.curve == "explode":
        if along > 0.7:
            return persona.curve_gain * (1 - along) / 0.3
        return persona.curve_gain / (1 + math.exp(-(along * persona.curve_days - 25) / 2))
    top = 0.15 if persona.curve == "fall" else 0.85
    return persona.curve_gain * (along / top if along < top else (1 - along) / (1 - top))
