"""Videos of the world's creators as clips: drawn from their ids, under their creators' names."""

from dataclasses import replace

from include.sandbox.research import catalogue
from include.sandbox.research.catalogue import Clip, Kind
from include.sandbox.world import RECENT_VIDEOS, World

# What becomes of a creator's videos on days when the creator is not there.
_KINDS: dict[str, Kind] = {"private": "private", "hidden": "private", "gone": "removed", "missing": "removed"}


def find(world: World, handle: str, video_id: str, day: int) -> Clip | None:
    """The video of this creator as it stands on this day; None where the creator has no recent video of this id."""
    index = world.find_by_handle(handle, day)
    made = catalogue.clip(video_id)
    if index is None or made is None:
        return None
    creator = world.creator(index, day)
    # Searches on the days before found videos that newer ones have pushed back since.
    for clip_number in range(creator.videos - 1, max(-1, creator.videos - 4 * RECENT_VIDEOS), -1):
        video = world.clip(index, clip_number, day)
        if video.video_id == video_id:
            return replace(
                made,
                kind=_KINDS.get(creator.status, made.kind),
                handle=creator.handle,
                nickname=creator.nickname,
                author_uid=creator.persona.user_id,
                sec_uid=creator.persona.sec_user_id,
                caption=video.caption,
                hashtags=video.hashtags,
                posted_at=video.posted_at,
                plays=video.plays,
                likes=video.likes,
                comments=video.comments,
                shares=video.shares,
                saves=video.saves,
            )
    return None
