-- How much there is of a person's own videos; one row. Parameters: user_id text, subjects, handles text[] (lower case).
with
own as (
    select found.video_id
    from videos_of_author(%(user_id)s::text, %(subjects)s::text [], %(handles)s::text []) as found (video_id)
)

select
    (select count(*) from videos where videos.video_id in (select own.video_id from own)) as library_videos,
    (select count(*) from research_videos where research_videos.video_id in (select own.video_id from own)) as research_videos,
    (select count(*) from research_hits where research_hits.video_id in (select own.video_id from own)) as research_hits,
    (
        select count(*) from research_set_aside
        where handle_in(research_set_aside.url) = any(%(handles)s::text [])
    ) as research_set_aside,
    (
        select count(*) from research_failures
        where research_failures.video_id in (select own.video_id from own)
    ) as research_failures,
    (
        select count(*) from api_calls
        where
            api_calls.endpoint = 'claude/messages'
            and split_part(api_calls.subject, '/', 1) in (select own.video_id from own)
    ) as claude_calls;
