"""What the tables of accounts call things, in words for a person."""

from __future__ import annotations

STATES = {
    "landed": "kept, not read yet",
    "raw": "read, not counted yet",
    "waiting": "waits for an answer",
    "staged": "counts",
    "duplicate": "counted already, from another copy",
    "quarantined": "set aside",
    "refused": "refused",
    "undone": "taken back",
}
# What a year, or a shift, was proved by.
BASES = {
    "file": "the file has the year",
    "name": "the file's name",
    "member_time": "the time in the ZIP",
    "video_ids": "ids of its videos",
    "documented": "TikTok's reference: UTC days",
    "overlap": "other downloads of the same days",
    "anchor": "days of posting",
    "sibling": "the Overview of the same download",
    "answer": "an answer",
    "assumed": "assumed: nothing proves it",
    "none": "no day is proved",
}
KINDS = {
    "gender": "Gender",
    "territory": "Countries",
    "city": "Cities",
    "age": "Age",
    "traffic_source": "Where views come from",
}
ANOMALIES = {
    "follower_drop": "followers fell",
    "duplicate_day": "the same as the day before",
    "silence": "no views, several days long",
    "views_high": "more views than usual",
    "views_low": "fewer views than usual",
    "engagement_high": "more engagement than usual",
    "engagement_low": "less engagement than usual",
    "followers_high": "more new followers than usual",
    "followers_low": "fewer new followers than usual",
}
