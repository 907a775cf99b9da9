-- Keeps what a search found; one row out per hit. A video found again keeps when it was found first.
-- Parameters: query_id text, run_id text, and arrays of the same length: video_ids, urls, ranks, sources, handles, titles,
-- author_uids, author_sec_uids, posted, plays, durations, play_urls, play_until.
insert into research_hits as hits (
    query_id, video_id, url, rank, source, handle, title, author_uid, author_sec_uid, posted_at, plays, duration_s, play_url,
    play_until, run_id
)
select
    %(query_id)s::text,
    given.video_id,
    given.url,
    given.rank,
    given.source,
    given.handle,
    given.title,
    given.author_uid,
    given.author_sec_uid,
    given.posted_at,
    given.plays,
    given.duration_s,
    given.play_url,
    given.play_until,
    %(run_id)s::text
from unnest(
    %(video_ids)s::text [],
    %(urls)s::text [],
    %(ranks)s::integer [],
    %(sources)s::text [],
    %(handles)s::text [],
    %(titles)s::text [],
    %(author_uids)s::text [],
    %(author_sec_uids)s::text [],
    %(posted)s::timestamptz [],
    %(plays)s::bigint [],
    %(durations)s::float8 [],
    %(play_urls)s::text [],
    %(play_until)s::timestamptz []
) as given (
    video_id, url, rank, source, handle, title, author_uid, author_sec_uid, posted_at, plays, duration_s, play_url, play_until
)
on conflict (query_id, video_id) do update
    set
        url = excluded.url,
        rank = excluded.rank,
        source = excluded.source,
        -- What one source said stays known when another says nothing of it.
        handle = coalesce(excluded.handle, hits.handle),
        title = coalesce(excluded.title, hits.title),
        author_uid = coalesce(excluded.author_uid, hits.author_uid),
        author_sec_uid = coalesce(excluded.author_sec_uid, hits.author_sec_uid),
        posted_at = coalesce(excluded.posted_at, hits.posted_at),
        plays = coalesce(excluded.plays, hits.plays),
        duration_s = coalesce(excluded.duration_s, hits.duration_s),
        play_url = coalesce(excluded.play_url, hits.play_url),
        play_until = case when excluded.play_url is null then hits.play_until else excluded.play_until end,
        run_id = excluded.run_id
returning hits.video_id;
