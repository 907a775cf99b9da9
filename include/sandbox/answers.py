"""The world in the vendor's words: the `data` of every endpoint, shaped like recorded answers."""

import re
from dataclasses import dataclass
from typing import Any

from include.sandbox import contacts, noise, recorded
from include.sandbox.dice import Dice, number
from include.sandbox.links import LIFETIME_SECONDS, Links
from include.sandbox.research.signing import Signing
from include.sandbox.searches import Searches, challenge_id, fold
from include.sandbox.trends import trending_words
from include.sandbox.world import Clip, Creator, World

Json = dict[str, Any]
# Countries for which there are lists of trending hashtags.
MARKETS = frozenset(re.findall("..", "AEAUBRCADEEGESFRGBIDINITJPKRMXMYNLPHPLSASESGTHTRUSVNZA"))


@dataclass(frozen=True, slots=True)
class Moment:
    """When and for whom an answer is made: the sandbox's time and day, and the origin of image links."""

    timestamp: float
    day: int
    origin: str
    churn: int = 0
    as_recorded: bool = False  # see `recorded`


@dataclass(frozen=True, slots=True)
class Missing:
    """The creator asked for cannot be given: HTTP `status` and the reason."""

    status: int
    reason: str


class Answers:
    """Builds the `data` of answers; a pure function of world, request and moment."""

    def __init__(self, world: World, searches: Searches, links: Links) -> None:
        self.world = world
        self.searches = searches
        self.links = links
        self._signing = Signing(world.seed)

    # -- endpoints -------------------------------------------------------------------------------------

    def trending_words(self, moment: Moment) -> Json:
        """GET …/web/fetch_trending_searchwords."""
        words = [
            {"trendingSearchWord": word, "trendingSearchWordType": kind}
            for word, kind in trending_words(self.world.seed, moment.day)
        ]
        return {**_head(moment), "trending_search_words": words}

    def video_search(
        self, moment: Moment, *, keyword: str, offset: int, count: int, sort_type: int, publish_time: int
    ) -> Json:
        """GET …/app/v3/fetch_video_search_result."""
        page = self.searches.videos(
            keyword,
            moment.day,
            offset,
            count,
            sort_type=sort_type,
            publish_days=publish_time,
            churn=moment.churn,
        )
        items = [{"aweme_info": self.aweme(self.world.clip(*pair, moment.day), moment)} for pair in page.videos]
        data = {
            "aweme_list": [],
            "backtrace": "",
            "components": None,
            "cursor": page.cursor,
            **_head(moment),
            "feedback_type": "video",
            "global_doodle_config": {
                "keyword": keyword,
                "search_channel": "musically_video",
                "search_intent": {},
            },
            "has_more": int(page.has_more),
            "search_item_list": items,
        }
        return recorded.search_page(data, keyword, offset) if moment.as_recorded else data

    def user_profile(self, moment: Moment, index: int | None) -> Json | Missing:
        """GET …/app/v3/handler_user_profile, of a creator already found (None: nobody has that id)."""
        if index is None:
            return {**_head(moment), "status_code": 2065, "status_msg": "User doesn't exist", "user": {}}
        creator = self.world.creator(index, moment.day)
        if creator.status == "missing":
            return Missing(404, "User not found")
        if creator.status == "gone":
            user: Json | None = {} if number("gone", index) % 2 else None
            return {**_head(moment), "status_code": 2065, "status_msg": "User doesn't exist", "user": user}
        if creator.status == "hidden":
            return {**_head(moment), "status_code": 2096, "status_msg": "This account is hidden", "user": {}}
        return {**_head(moment), "user": self.profile(creator, moment)}

    def hashtag_search(self, moment: Moment, *, keyword: str, offset: int, count: int) -> Json:
        """GET …/app/v3/fetch_hashtag_search_result."""
        names, cursor, more = self.searches.challenges(keyword, offset, count)
        return {
            "challenge_list": [{"challenge_info": _challenge(name), "items": None, "position": None} for name in names],
            "cursor": cursor,
            **_head(moment),
            "has_more": int(more),
            "is_match": bool(names),
            "keyword_disabled": False,
        }

    def hashtag_videos(self, moment: Moment, *, ch_id: str, cursor: int, count: int) -> Json:
        """GET …/app/v3/fetch_hashtag_video_list."""
        page = self.searches.challenge_videos(ch_id, moment.day, cursor, count)
        clips = [self.aweme(self.world.clip(*pair, moment.day), moment) for pair in page.videos]
        data = {"aweme_list": clips, "cursor": page.cursor, **_head(moment), "has_more": int(page.has_more)}
        return recorded.hashtag_page(data, ch_id, cursor) if moment.as_recorded else data

    def user_search(
        self, moment: Moment, *, keyword: str, offset: int, count: int, user_search_follower_count: str
    ) -> Json:
        """GET …/app/v3/fetch_user_search_result."""
        found, cursor, more = self.searches.users(keyword, moment.day, offset, count, user_search_follower_count)
        users = [{"user_info": self.stub(self.world.creator(index, moment.day), moment)} for index in found]
        return {"user_list": users, "cursor": cursor, **_head(moment), "has_more": int(more), "type": 1}

    def similar_users(self, moment: Moment, *, index: int | None) -> Json:
        """GET …/app/v3/fetch_similar_user_recommendations: one page; of who is not shown, nobody."""
        creator = None if index is None else self.world.creator(index, moment.day)
        if index is None or creator is None or creator.status != "active":
            code = 2065 if creator is None or creator.status in ("gone", "missing") else 2096
            return {**_head(moment), "status_code": code, "users": [], "next_page_token": ""}
        found = self.searches.similar(index, moment.day)
        users = [self.stub(self.world.creator(other, moment.day), moment) for other in found]
        return {"users": users, **_head(moment), "next_page_token": ""}

    def user_videos(self, moment: Moment, *, index: int | None, max_cursor: int, count: int) -> Json:
        """GET …/app/v3/fetch_user_post_videos: newest first; the next page is older than the cursor (ms)."""
        creator = None if index is None else self.world.creator(index, moment.day)
        if index is None or creator is None or creator.status != "active":
            code = 2065 if creator is None or creator.status in ("gone", "missing") else 2096
            return {
                **_head(moment),
                "status_code": code,
                "aweme_list": [],
                "max_cursor": 0,
                "min_cursor": 0,
                "has_more": 0,
            }
        older: list[Clip] = []
        for clip_number in range(creator.videos - 1, -1, -1):
            clip = self.world.clip(index, clip_number, moment.day)
            if not max_cursor or clip.posted_at.timestamp() * 1000 < max_cursor:
                older.append(clip)
            if len(older) > count:
                break
        page = older[:count]
        return {
            "aweme_list": [self.aweme(clip, moment) for clip in page],
            **_head(moment),
            "has_more": int(len(older) > count),
            "max_cursor": int(page[-1].posted_at.timestamp() * 1000) if page else max_cursor,
            "min_cursor": int(page[0].posted_at.timestamp() * 1000) if page else 0,
        }

    def trending_hashtags(self, moment: Moment, *, page: int, limit: int, country_code: str, time_range: int) -> Json:
        """POST …/ads/get_trends_hashtag_list: the day's trending words as hashtags, with top creators; each country and stretch
        of time has an order of its own, a country without a market none at all.
        """
        names = [fold(word).replace(" ", "") for word, _ in trending_words(self.world.seed, moment.day)]
        unique = list(dict.fromkeys(names)) if country_code in MARKETS else []
        unique.sort(key=lambda name: number(self.world.seed, "market", country_code, time_range, name))
        page, limit = max(1, page), max(1, limit)
        start = (page - 1) * limit
        items = [
            self._trending_hashtag(moment, name, start + rank, country_code)
            for rank, name in enumerate(unique[start : start + limit], start=1)
        ]
        pagination = {
            "hasMore": start + limit < len(unique),
            "limit": limit,
            "page": page,
            "totalCount": len(unique),
        }
        return {"BaseResp": {"StatusCode": 0, "StatusMessage": ""}, "items": items, "pagination": pagination}

    def _trending_hashtag(self, moment: Moment, name: str, rank: int, country: str) -> Json:
        dice = Dice(self.world.seed, "hashtag", name, moment.day)
        top: list[Json] = []
        for index, _ in self.searches.hits(f"#{challenge_id(name)}", moment.day)[:3]:
            creator = self.world.creator(index, moment.day)
            top.append(
                {
                    "aioCreatorID": "",
                    "avatarURL": self._image("avatar", (index, 0), "avatar:300:300", ("jpeg",), moment)["url_list"][0],
                    "countryCode": country,
                    "creatorRank": len(top) + 1,
                    "followedCnt": creator.followers,
                    "handleName": creator.handle,
                    "nickname": creator.nickname,
                    "ttUID": creator.persona.user_id,
                }
            )
        week = int(moment.timestamp) // 86_400 * 86_400
        curve = [
            {"timestamp": str(week - 86_400 * ago), "value": round(dice.between(0, 100), 6) if ago < 7 else 0}
            for ago in range(7, 0, -1)
        ]
        return {
            "hashtagID": challenge_id(name),
            "hashtagName": name,
            "industryIDs": [23_000_000_000],
            "popularityCurve": curve,
            "publishCnt": int(dice.spread(2_000, 900_000)),
            "rankIndex": rank,
            "topCreators": top,
            "vv": int(dice.spread(1e6, 3e9)),
        }

    # -- objects ---------------------------------------------------------------------------------------

    def profile(self, creator: Creator, moment: Moment) -> Json:
        """`data.user` of a profile answer: exact counts."""
        persona = creator.persona
        avatars = {
            f"avatar_{name}": self._image(
                "avatar", (persona.index, 0), f"avatar:{side}:{side}", ("webp", "webp", "jpeg"), moment
            )
            for name, side in (
                ("168x168", 168),
                ("300x300", 300),
                ("larger", 1080),
                ("medium", 720),
                ("thumb", 100),
            )
        }
        return {
            **noise.PROFILE,
            **contacts.fields(self.world.seed, persona.index),
            **avatars,
            "aweme_count": creator.videos,
            "favoriting_count": number("liked", persona.index) % 9_000,
            "follower_count": creator.followers,
            "following_count": creator.following,
            "nickname": creator.nickname,
            "sec_uid": persona.sec_user_id,
            "secret": int(creator.status == "private"),
            "share_info": _share_info(creator),
            "signature": creator.bio,
            "total_favorited": creator.hearts,
            "uid": persona.user_id,
            "unique_id": creator.handle,
            "visible_videos_count": creator.videos,
        }

    def stub(self, creator: Creator, moment: Moment) -> Json:
        """The author of a video: followers real, hearts and videos 0 (not given), no bio."""
        persona = creator.persona
        forms = ("heic", "heic", "jpeg")
        return {
            **noise.AUTHOR,
            "avatar_larger": self._image("avatar", (persona.index, 0), "avatar:1080:1080", forms, moment),
            "avatar_medium": self._image("avatar", (persona.index, 0), "avatar:720:720", forms, moment),
            "avatar_thumb": self._image("avatar", (persona.index, 0), "avatar:100:100", forms, moment),
            "avatar_uri": self.links.uri("avatar", persona.index, 0),
            "aweme_count": 0,
            "follower_count": creator.followers,
            "following_count": creator.following,
            "is_block": False,
            "nickname": creator.nickname,
            "search_user_desc": creator.handle,
            "search_user_name": creator.nickname,
            "sec_uid": persona.sec_user_id,
            "secret": int(creator.status == "private"),
            "total_favorited": 0,
            "uid": persona.user_id,
            "unique_id": creator.handle,
            "user_canceled": False,
        }

    def aweme(self, clip: Clip, moment: Moment) -> Json:
        """One video with its author stub."""
        creator = self.world.creator(clip.index, moment.day)
        return {
            **noise.AWEME,
            "author": self.stub(creator, moment),
            "author_user_id": int(creator.persona.user_id),
            "aweme_id": clip.video_id,
            "create_time": int(clip.posted_at.timestamp()),
            "desc": clip.caption,
            "desc_language": "en",
            "group_id": clip.video_id,
            "statistics": {
                "aweme_id": clip.video_id,
                "collect_count": clip.saves,
                "comment_count": clip.comments,
                "digg_count": clip.likes,
                "download_count": clip.shares // 9,
                "forward_count": 0,
                "lose_comment_count": 0,
                "lose_count": 0,
                "play_count": clip.plays,
                "repost_count": 0,
                "share_count": clip.shares,
                "whatsapp_share_count": 0,
            },
            "status": {**noise.STATUS, "aweme_id": clip.video_id},
            "text_extra": _text_extra(clip),
            "video": {
                **noise.VIDEO,
                "cover": self._cover(clip, "cover", moment),
                "duration": clip.duration_ms,
                "dynamic_cover": self._image(
                    "cover", (clip.index, clip.number), "dynamic:origin", ("heic", "heic", "jpeg"), moment
                ),
                "is_long_video": int(clip.duration_ms > 60_000),
                "origin_cover": self._cover(clip, "origin_cover", moment),
                "play_addr": self._play_address(clip, moment),
            },
        }

    def _play_address(self, clip: Clip, moment: Moment) -> Json:
        """Where the media is played from, signed, without any cookie."""
        address = moment.origin + self._signing.make(f"{clip.video_id}.mp4", moment.timestamp, for_page=False)
        return {"uri": clip.video_id, "url_key": clip.video_id, "url_list": [address]}

    def _cover(self, clip: Clip, crop: str, moment: Moment) -> Json | None:
        affected = clip.broken in ("both", crop)
        if affected and clip.cover == "no_object":
            return None
        forms = (("heic", "webp", "jpeg"), ("heic", "heic", "jpeg"), ("jpeg", "jpeg"), ("webp", "jpeg"))
        chosen = forms[number("forms", clip.video_id, crop) % len(forms)]
        size = "360:360:q75" if crop == "origin_cover" else "500:800"
        image = self._image("cover", (clip.index, clip.number), f"{crop}:{size}", chosen, moment)
        return {**image, "url_list": []} if affected and clip.cover == "no_urls" else image

    def _image(
        self, bucket: str, place: tuple[int, int], crop: str, extensions: tuple[str, ...], moment: Moment
    ) -> Json:
        uri = self.links.uri(bucket, *place)
        expires = int(moment.timestamp) + LIFETIME_SECONDS
        urls = [
            moment.origin + self.links.make(f"{('p16', 'p19')[turn % 2]}/{uri}", crop, extension, expires)
            for turn, extension in enumerate(extensions)
        ]
        return {"data_size": 0, "height": 720, "uri": uri, "url_list": urls, "url_prefix": None, "width": 720}


def _head(moment: Moment) -> Json:
    logid = f"{int(moment.timestamp):014d}{number('log', moment.timestamp):016X}"
    return {
        "extra": {
            "api_debug_info": None,
            "fatal_item_ids": [],
            "logid": logid,
            "now": int(moment.timestamp * 1000),
            "search_request_id": "",
            "server_stream_time": 889,
        },
        "log_pb": {"impr_id": logid},
        "status_code": 0,
        "status_msg": "",
        "version": "v2",
    }


def _share_info(creator: Creator) -> Json:
    address = f"https://www.tiktok.com/@{creator.handle}?_r=1&sec_uid={creator.persona.sec_user_id}"
    return {
        "now_invitation_card_image_urls": None,
        "share_desc": f"Check out {creator.nickname}! #TikTok",
        "share_title": "Join TikTok and see what I’ve been up to!",
        "share_url": f"{address}&share_author_id={creator.persona.user_id}",
    }


def _text_extra(clip: Clip) -> list[Json]:
    """Where the hashtags are in the caption, in UTF-16 units as the vendor counts."""
    extras: list[Json] = []
    for tag in clip.hashtags:
        start = len(clip.caption[: clip.caption.rfind(f"#{tag}")].encode("utf-16-le")) // 2
        extras.append(
            {
                "end": start + 1 + len(tag.encode("utf-16-le")) // 2,
                "hashtag_id": challenge_id(tag),
                "hashtag_name": tag,
                "is_commerce": False,
                "sec_uid": "",
                "start": start,
                "tag_id": str(100 + len(extras)),
                "type": 1,
                "user_id": "",
            }
        )
    return extras


def _challenge(name: str) -> Json:
    dice = Dice("challenge", name)
    return {
        "cha_name": name,
        "cid": challenge_id(name),
        "collect_stat": 0,
        "desc": "",
        "is_challenge": 0,
        "is_commerce": False,
        "is_pgcshow": False,
        "search_cha_name": name,
        "type": 1,
        "use_count": 0,
        "user_count": int(dice.spread(100, 2_000_000)),
        "view_count": int(dice.spread(10_000, 9_000_000_000)),
    }
