-- Those of `found` who fit a choice of the ranking: `fitting`. Parameters: band text or null,
-- bought bool or null (only who looks bought, or only who does not), hashtag text or null, niche text or
-- null.
fitting as materialized (
    select
        -- part: ranking/columns
    from found
    cross join lateral (
        -- By key, one at a time, which the limit makes sure of: they are few beside all.
        select standings.*
        from standings
        where standings.user_id = found.user_id
        limit 1
    ) as ranked
    left join lateral (
        select tagged.*
        from creator_video_facts as tagged
        where coalesce(%(hashtag)s::text, %(niche)s::text) is not null and tagged.user_id = ranked.user_id
        limit 1
    ) as facts on true
    where
        (%(band)s::text is null or ranked.band = %(band)s::text)
        and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
        -- part: ranking/choice
        -- part: ranking/not_refused
        -- part: ranking/not_dismissed
),
