-- How many searches of a day were answered, and whether any video was found by them; one row. Parameters: day date.
select
    (
        select count(*)
        from api_calls as calls
        where
            calls.day = %(day)s::date
            and calls.endpoint in ('video_search', 'hashtag_videos')
            and calls.holds_identity
            and calls.outcome = 'answered'
    ) as searches,
    exists(select from verdicts where verdicts.day = %(day)s::date) as has_videos;
