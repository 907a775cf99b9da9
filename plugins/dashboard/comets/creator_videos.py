"""Parts of the page "Creator": what their videos say together and one by one, and where they can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from include.comets.videos import LEAST
from include.database import one, rows
from plugins.dashboard.comets.pictures import read_covers

MOST_VIDEOS = 50
MOST_HASHTAGS = 8
SILENT_DAYS = 14
ONE_HIT = 10.0  # the best by the median: an even creator's best has two to five times the plays of the median
KINDS = {"email": "E-mail", "instagram": "Instagram", "youtube": "YouTube", "link": "Link", "category": "Category"}
FIELDS = {
    "bio": "from the bio",
    "category": "category of the profile",
    "bio_email": "e-mail field of the profile",
    "ins_id": "Instagram field of the profile",
    "youtube_channel_id": "YouTube field of the profile",
    "bio_url": "link of the profile",
}


def read_parts(connection: psycopg.Connection[Any], person: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates creator_videos.html and creator_contacts.html show of somebody on the roster."""
    figures = one(connection, "dashboard/videos/read_figures", person)
    videos = rows(connection, "dashboard/videos/read_videos", {**person, "most": MOST_VIDEOS})
    covers = read_covers(connection, [(person["user_id"], video["video_id"]) for video in videos])
    contacts = [
        {**row, "title": KINDS[row["kind"]], "where": FIELDS.get(row["found_in"], row["found_in"])}
        for row in rows(connection, "dashboard/videos/read_contacts", person)
    ]
    return {
        "figures": figures,
        "least_videos": LEAST,
        "is_enough": figures["videos"] >= LEAST,
        "is_one_hit": (figures["best_to_median"] or 0) >= ONE_HIT,
        "silent_days": figures["days_since"] if (figures["days_since"] or 0) >= SILENT_DAYS else None,
        "hashtags": rows(connection, "dashboard/videos/read_hashtags", {**person, "most": MOST_HASHTAGS}),
        "videos": [{**video, "cover": covers.get((person["user_id"], video["video_id"]))} for video in videos],
        "most_videos": MOST_VIDEOS,
        "contacts": contacts,
        "reachable": next((each for each in contacts if each["kind"] != "category"), None),
    }
