-- Removes a person's own videos, notes that their files are to go, and blanks Claude's answers about them, of which the bill
-- stays; a call under way is given up. One row with the numbers removed.
-- Parameters: user_id text, subjects, handles text[] (lower case), blank text.
with
own as materialized (
    select found.video_id
    from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as found (video_id)
),

noted as (
    insert into media_removals (video_id, prefix, folder, reason)
    select
        own.video_id,
        videos.gcs_prefix,
        research_videos.folder,
        'erasure' as reason
    from own
    left join videos on own.video_id = videos.video_id
    left join research_videos on own.video_id = research_videos.video_id
    where videos.video_id is not null or research_videos.video_id is not null
    on conflict (video_id) do update
    set reason = excluded.reason, prefix = coalesce(excluded.prefix, media_removals.prefix)
    returning media_removals.video_id
),

library as (
    delete from videos
    where videos.video_id in (select own.video_id from own)
    returning videos.video_id
),

states as (
    delete from research_videos
    where research_videos.video_id in (select own.video_id from own)
    returning research_videos.video_id
),

hits as (
    delete from research_hits
    where research_hits.video_id in (select own.video_id from own)
    returning research_hits.video_id
),

aside as (
    delete from research_set_aside
    where handle_in(research_set_aside.url) = any(%(handles)s::text [])
    returning research_set_aside.url
),

failures as (
    delete from research_failures
    where research_failures.video_id in (select own.video_id from own)
    returning research_failures.failure_id
),

given_up as (
    delete from api_calls
    where
        api_calls.endpoint = 'claude/messages'
        and split_part(api_calls.subject, '/', 1) in (select own.video_id from own)
        and api_calls.outcome = 'calling'
    returning api_calls.call_id
),

answers as (
    update api_calls
    set subject = %(blank)s::text, holds_identity = false, answer = null, error = null
    where
        api_calls.endpoint = 'claude/messages'
        and split_part(api_calls.subject, '/', 1) in (select own.video_id from own)
        and api_calls.outcome <> 'calling'
    returning api_calls.call_id
)

select
    (select count(*) from library) as library_videos,
    (select count(*) from states) as research_videos,
    (select count(*) from hits) as research_hits,
    (select count(*) from aside) as research_set_aside,
    (select count(*) from failures) as research_failures,
    (select count(*) from given_up) + (select count(*) from answers) as claude_calls;
