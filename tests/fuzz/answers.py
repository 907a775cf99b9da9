"""Fuzzes the way from an answer's bytes to our values: `make fuzz SECONDS=600` (needs `pip install atheris`).

Nothing but `UnexpectedAnswer` may come out of the parsers, and a profile that is accepted has three counts that are whole numbers
from 0 to 2^63 - 1. The seeds are the sandbox's own answers; an input that breaks a promise is written to the folder by libFuzzer.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["include.tikhub"]):
    from include.tikhub import parsers
    from include.tikhub.errors import UnexpectedAnswer
    from include.tikhub.models import Profile
    from include.vendors.bodies import read_json

PARSERS = (
    parsers.parse_profile,
    parsers.parse_video_search,
    parsers.parse_hashtag_videos,
    parsers.parse_hashtag_search,
    parsers.parse_trending_words,
)
LARGEST = 2**63 - 1


def read_one(content: bytes) -> None:
    """The first byte chooses the parser, the rest is the answer."""
    if not content:
        return
    try:
        data: Any = read_json(content[1:])
    except (ValueError, UnexpectedAnswer):
        return
    try:
        parsed = PARSERS[content[0] % len(PARSERS)](data)
    except UnexpectedAnswer as error:
        if not error.field:
            raise AssertionError("a refusal names no field") from error
        return
    if isinstance(parsed, Profile):
        counts = (parsed.followers, parsed.hearts, parsed.videos)
        if any(type(count) is not int or not 0 <= count <= LARGEST for count in counts):
            raise AssertionError(f"impossible counts were accepted: {counts}")


def write_seeds(folder: Path) -> None:
    """Answers of the sandbox's world, cut to a size at which a fuzzer makes progress."""
    from include.local.driven_sandbox import start_process

    running = start_process("--rate", 0)
    try:
        running.set_clock(datetime(2026, 11, 2, 12, tzinfo=UTC))
        user_id = running.truth(date(2026, 11, 2))[0]["user_id"]
        profile = running.get("/api/v1/tiktok/app/v3/handler_user_profile", user_id=user_id).json()["data"]
        trends = running.get("/api/v1/tiktok/web/fetch_trending_searchwords").json()["data"]
        search = running.get("/api/v1/tiktok/app/v3/fetch_video_search_result", keyword="ramen").json()["data"]
        hashtags = running.get("/api/v1/tiktok/app/v3/fetch_hashtag_search_result", keyword="ramen").json()["data"]
    finally:
        running.stop()
    search["search_item_list"] = search["search_item_list"][:1]
    trends["trending_search_words"] = trends["trending_search_words"][:3]
    hashtags["challenge_list"] = hashtags["challenge_list"][:1]
    listed = {"aweme_list": [item["aweme_info"] for item in search["search_item_list"]], "has_more": 0, "cursor": 10}
    for number, data in enumerate((profile, search, listed, hashtags, trends)):
        (folder / f"seed{number}").write_bytes(bytes([number]) + json.dumps(data).encode())


def main() -> None:
    """Arguments are libFuzzer's."""
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        atheris.Setup([*sys.argv, folder, "-max_len=20000", "-timeout=10"], read_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
