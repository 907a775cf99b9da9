-- People seen under a handle in what was found or kept of videos; one row per person: who, and when last.
-- Parameters: handle text.
select
    seen.author_uid as user_id,
    max(seen.seen_on) as seen_on
from (
    select
        videos.author_uid,
        (videos.added_at at time zone 'UTC')::date as seen_on
    from videos
    where lower(videos.author collate ucs_basic) = lower(%(handle)s::text collate ucs_basic)
    union all
    select
        research_hits.author_uid,
        (research_hits.found_at at time zone 'UTC')::date as seen_on
    from research_hits
    where lower(research_hits.handle collate ucs_basic) = lower(%(handle)s::text collate ucs_basic)
) as seen
where seen.author_uid is not null
group by seen.author_uid
order by seen.author_uid;
