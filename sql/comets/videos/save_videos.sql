-- Keeps videos as a day's answers have them, those that were screened on it, or are of a list of their creator's latest, and
-- whose creators are on the roster; one row out per sighting that is new or later than the one kept. Parameters: day date,
-- is_listed bool (of lists: whether they were screened does not matter), and arrays of the same length: user_ids, video_ids
-- (each video once), posted_at, durations_ms, plays, likes, comments, shares, saves, captions, hashtags (one text, a line for
-- each), languages, music_ids, music_titles, cover_urls, seen_at.
with
found as (
    select given.*
    from unnest(
        %(user_ids)s::text [],
        %(video_ids)s::text [],
        %(posted_at)s::timestamptz [],
        %(durations_ms)s::bigint [],
        %(plays)s::bigint [],
        %(likes)s::bigint [],
        %(comments)s::bigint [],
        %(shares)s::bigint [],
        %(saves)s::bigint [],
        %(captions)s::text [],
        %(hashtags)s::text [],
        %(languages)s::text [],
        %(music_ids)s::text [],
        %(music_titles)s::text [],
        %(cover_urls)s::text [],
        %(seen_at)s::timestamptz []
    ) as given (
        user_id, video_id, posted_at, duration_ms, plays, likes, comments, shares, saves, caption, hashtags, language,
        music_id, music_title, cover_url, seen_at
    )
    inner join creators on given.user_id = creators.user_id
    where
        %(is_listed)s::boolean
        or exists (
            select from verdicts
            where
                verdicts.user_id = given.user_id
                and verdicts.day = %(day)s::date
                and verdicts.video_id = given.video_id
        )
),

videos as (
    insert into creator_videos as kept (
        user_id, video_id, posted_at, duration_ms, plays, likes, comments, shares, saves, caption, hashtags, language,
        music_id, music_title, cover_url, seen_at, first_seen_on, last_seen_on
    )
    select
        found.user_id,
        found.video_id,
        found.posted_at,
        found.duration_ms,
        found.plays,
        found.likes,
        found.comments,
        found.shares,
        found.saves,
        found.caption,
        string_to_array(found.hashtags, chr(10)),
        found.language,
        found.music_id,
        found.music_title,
        found.cover_url,
        found.seen_at,
        %(day)s::date,
        %(day)s::date
    from found
    order by found.user_id, found.video_id
    on conflict (user_id, video_id) do update
        set
            -- A day that is filled in late may be older than what is kept.
            posted_at = case when kept.seen_at < excluded.seen_at then excluded.posted_at else kept.posted_at end,
            duration_ms = case when kept.seen_at < excluded.seen_at then excluded.duration_ms else kept.duration_ms end,
            plays = case when kept.seen_at < excluded.seen_at then excluded.plays else kept.plays end,
            likes = case when kept.seen_at < excluded.seen_at then excluded.likes else kept.likes end,
            comments = case when kept.seen_at < excluded.seen_at then excluded.comments else kept.comments end,
            shares = case when kept.seen_at < excluded.seen_at then excluded.shares else kept.shares end,
            saves = case when kept.seen_at < excluded.seen_at then excluded.saves else kept.saves end,
            caption = case when kept.seen_at < excluded.seen_at then excluded.caption else kept.caption end,
            hashtags = case when kept.seen_at < excluded.seen_at then excluded.hashtags else kept.hashtags end,
            language = case when kept.seen_at < excluded.seen_at then excluded.language else kept.language end,
            music_id = case when kept.seen_at < excluded.seen_at then excluded.music_id else kept.music_id end,
            music_title = case when kept.seen_at < excluded.seen_at then excluded.music_title else kept.music_title end,
            cover_url = case when kept.seen_at < excluded.seen_at then excluded.cover_url else kept.cover_url end,
            seen_at = greatest(kept.seen_at, excluded.seen_at),
            first_seen_on = least(kept.first_seen_on, excluded.first_seen_on),
            last_seen_on = greatest(kept.last_seen_on, excluded.last_seen_on)
        where kept.seen_at < excluded.seen_at or kept.first_seen_on > excluded.first_seen_on
)

insert into creator_video_sightings as kept (user_id, video_id, day, seen_at, plays, likes, comments, shares, saves)
select
    found.user_id,
    found.video_id,
    %(day)s::date,
    found.seen_at,
    found.plays,
    found.likes,
    found.comments,
    found.shares,
    found.saves
from found
order by found.user_id, found.video_id
on conflict (user_id, video_id, day) do update
    set
        seen_at = excluded.seen_at,
        plays = excluded.plays,
        likes = excluded.likes,
        comments = excluded.comments,
        shares = excluded.shares,
        saves = excluded.saves
    where kept.seen_at < excluded.seen_at
returning kept.video_id;
