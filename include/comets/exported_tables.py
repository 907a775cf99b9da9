"""The tables of `comets` that are handed out as files: their columns, and what a whole month is made of."""

from __future__ import annotations

from include.export.tables import Column, Table

RANKING = Table(
    "ranking",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("nickname", "text"),
        Column("status", "text"),
        Column("day", "day"),
        Column("follower_count", "integer"),
        Column("heart_count", "integer"),
        Column("video_count", "integer"),
        Column("is_estimated", "flag"),
        Column("estimated_days", "integer"),
        Column("observed_at", "moment"),
        Column("growth_1", "integer"),
        Column("growth_7", "integer"),
        Column("growth_30", "integer"),
        Column("percent_1", "number"),
        Column("percent_7", "number"),
        Column("percent_30", "number"),
        Column("is_growth_1_estimated", "flag"),
        Column("is_growth_7_estimated", "flag"),
        Column("is_growth_30_estimated", "flag"),
        Column("acceleration", "number"),
        Column("first_seen_on", "day"),
        Column("source_trend", "text"),
        Column("band", "text"),
        Column("is_new", "flag"),
        Column("is_fading", "flag"),
        Column("score", "number"),
        Column("score_growth", "number"),
        Column("score_acceleration", "number"),
        Column("score_consistency", "number"),
        Column("score_engagement", "number"),
        Column("shortlist_status", "text"),
        Column("shortlist_note", "text"),
        Column("shortlist_tags", "text"),
        Column("shortlist_changed_by", "text"),
        Column("shortlist_changed_at", "moment"),
        Column("is_starred", "flag"),
        Column("is_overruled", "flag"),
    ),
)
SNAPSHOTS = Table(
    "snapshots",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("recorded_date", "day"),
        Column("follower_count", "integer"),
        Column("heart_count", "integer"),
        Column("video_count", "integer"),
        Column("daily_growth_followers", "integer"),
        Column("daily_growth_percent", "number"),
        Column("compared_with", "day"),
        Column("source_trend", "text"),
        Column("observed_at", "moment"),
        Column("origin", "text"),
        Column("is_estimated", "flag"),
        Column("is_against_estimate", "flag"),
    ),
)
VERDICTS = Table(
    "verdicts",
    (
        Column("day", "day"),
        Column("keyword", "text"),
        Column("video_id", "text"),
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("layer", "text"),
        Column("field", "text"),
        Column("matched_text", "text"),
        Column("measured", "number"),
        Column("threshold", "number"),
        Column("is_uncertain", "flag"),
        Column("detector", "text"),
        Column("score", "number"),
        Column("rules_version", "text"),
        Column("screened_at", "moment"),
        Column("followers_from", "text"),
    ),
)
VIDEOS = Table(
    "videos",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("video_id", "text"),
        Column("day", "day"),
        Column("seen_at", "moment"),
        Column("plays", "integer"),
        Column("likes", "integer"),
        Column("comments", "integer"),
        Column("shares", "integer"),
        Column("saves", "integer"),
        Column("posted_at", "moment"),
        Column("duration_ms", "integer"),
        Column("caption", "text"),
        Column("hashtags", "text"),
        Column("language", "text"),
        Column("music_id", "text"),
        Column("music_title", "text"),
    ),
)
CONTACTS = Table(
    "contacts",
    (
        Column("user_id", "text"),
        Column("handle", "text"),
        Column("kind", "text"),
        Column("contact", "text"),
        Column("found_in", "text"),
        Column("seen_at", "moment"),
    ),
)
TRENDS = Table("trends", (Column("day", "day"), Column("keyword", "text"), Column("rank", "integer")))

# With the statements that read the days of a month.
MONTHLY = (
    (SNAPSHOTS, "comets/export/read_snapshots"),
    (VERDICTS, "comets/export/read_verdicts"),
    (VIDEOS, "comets/export/read_videos"),
    (CONTACTS, "comets/export/read_contacts"),
    (TRENDS, "comets/export/read_trends"),
)
