-- How many searches of a day were answered, how many videos they found, and whether a number of followers was given for any of
-- them: a day of nothing but zeros was given none. Whoever got as far as the cover had a number, also where an earlier version
-- did not note its source; one row. Parameters: day date.
select
    (
        select count(*)
        from api_calls as calls
        where
            calls.day = %(day)s::date
            and calls.pipeline = 'comets'
            and calls.endpoint in ('video_search', 'hashtag_videos')
            and calls.holds_identity
            and calls.outcome = 'answered'
    ) as searches,
    (
        select count(distinct verdicts.video_id)
        from verdicts
        where verdicts.day = %(day)s::date
    ) as videos,
    exists(
        select
        from verdicts
        where
            verdicts.day = %(day)s::date
            and (verdicts.followers_from is not null or verdicts.layer in ('face', 'consistency', 'accepted'))
            and not (verdicts.field is not distinct from 'followers' and verdicts.measured = 0)
    ) as has_counts;
