"""What a page of the site says about a video: HTML around JSON, in TikTok's words."""

import html
from typing import Any

from include.sandbox.dice import number
from include.sandbox.faults import to_json
from include.sandbox.research.catalogue import Clip

Json = dict[str, Any]
# status -> its words. 10204 says several things, and only the words beside it say which.
REMOVED = (10204, "item_privacy_authorization&status_deleted")
REGION = (10204, "cross_border_violation_ur")
BLOCKED = (10204, "")
PRIVATE = ((10216, "status_self_see"), (10222, "author_secret"))
NOT_SHOWN = {"removed": REMOVED, "region": REGION, "blocked": BLOCKED}

WAITING = b"""<!DOCTYPE html>
<html><head><title>Please wait...</title></head><body><p id="wait">Please wait...</p></body></html>
"""
REBUILT = b"""<!DOCTYPE html>
<html><head><title>TikTok</title></head><body><div id="app" data-next="1"></div></body></html>
"""
LOGIN = (
    b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body><form>Log in to continue</form></body></html>\n"
)
DENIED = b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference&#32;#18.5d3a1002</BODY></HTML>\n"


def private_status(clip: Clip) -> tuple[int, str]:
    """That of a private post, or of a private account."""
    return PRIVATE[number("private", clip.video_id) % len(PRIVATE)]


def page(clip: Clip, detail: Json) -> bytes:
    """The page around a detail."""
    data = {
        "__DEFAULT_SCOPE__": {
            "webapp.app-context": {"language": "en", "region": "US", "user": None},
            "webapp.video-detail": detail,
        }
    }
    title = html.escape(f"{clip.nickname} on TikTok")
    # A caption may hold what ends a script.
    script = to_json(data).decode("utf-8", "surrogatepass").replace("<", "\\u003c")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{title}</title></head><body><div id="app"></div>\n'
        f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{script}</script></body></html>\n'
    ).encode("utf-8", "surrogatepass")


def not_shown(status: int, words: str) -> Json:
    """A detail without a video."""
    return {"statusCode": status, "statusMsg": words}


def shown(clip: Clip, media_url: str, size: int | None, captions_url: str | None) -> Json:
    """A detail with its video: `size` bytes at `media_url`, or with its pictures."""
    item = {
        "id": clip.video_id,
        "desc": clip.caption,
        "createTime": str(int(clip.posted_at.timestamp())),
        "scheduleTime": 0,
        "author": {
            "id": clip.author_uid,
            "uniqueId": clip.handle,
            "nickname": clip.nickname,
            "secUid": clip.sec_uid,
            "privateAccount": False,
            "verified": False,
        },
        "music": {"id": clip.video_id[::-1], "title": "original sound", "authorName": clip.nickname, "original": True,
                  "duration": clip.duration_s},
        "challenges": [{"title": name} for name in clip.hashtags],
        "stats": {
            "diggCount": clip.likes,
            "shareCount": clip.shares,
            "commentCount": clip.comments,
            "playCount": clip.plays,
            "collectCount": str(clip.saves),
        },
        "textExtra": [],
        "privateItem": False,
        "isAd": False,
        "video": _video(clip, media_url, size, captions_url),
    }  # fmt: skip
    if clip.kind == "photo":
        item["imagePost"] = {"images": [{"imageHeight": 1280, "imageWidth": 720, "imageURL": {"urlList": []}}] * 3}
        item["video"] = {"id": "", "duration": 0, "width": 0, "height": 0, "playAddr": ""}
    return {"statusCode": 0, "statusMsg": "", "itemInfo": {"itemStruct": item}, "shareMeta": {"title": clip.caption}}


def _video(clip: Clip, media_url: str, size: int | None, captions_url: str | None) -> Json:
    key = f"v09044g40000{clip.video_id[-8:]}_h264_720p_900000"
    played = {"Uri": key, "UrlKey": key, "UrlList": [media_url], "Width": clip.width, "Height": clip.height}
    if size is not None:
        played["DataSize"] = str(size)
    return {
        "id": clip.video_id,
        "duration": clip.duration_s,
        "width": clip.width,
        "height": clip.height,
        "ratio": "720p",
        "format": "mp4",
        "codecType": "h264",
        "playAddr": media_url,
        "bitrateInfo": [{"GearName": "normal_720_0", "Bitrate": 900_000, "CodecType": "h264", "PlayAddr": played}],
        "subtitleInfos": [{"LanguageID": "2", "LanguageCodeName": "eng-US", "Format": "webvtt", "Url": captions_url,
                           "Source": "ASR"}] if captions_url else [],
    }  # fmt: skip
