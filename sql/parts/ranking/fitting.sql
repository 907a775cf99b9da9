-- Everybody of the ranking who fits a choice: `fitting`. Parameters: band text or null,
-- bought bool or null (only who looks bought, or only who does not), hashtag text or null, niche text or null.
fitting as not materialized (
    select
        -- part: ranking/columns
    from standings as ranked
    -- Where no hashtag is asked for, nothing of it is read.
    left join creator_video_facts as facts on ranked.user_id = facts.user_id
    where
        (%(band)s::text is null or ranked.band = %(band)s::text)
        and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
        -- part: ranking/choice
        -- Of a hashtag that nobody has the planner expects some, and would walk through everybody for them.
        and (coalesce(%(hashtag)s::text, %(niche)s::text) is null or (select is_under(%(hashtag)s::text, %(niche)s::text)))
        -- part: ranking/not_refused
        -- part: ranking/not_dismissed
),
