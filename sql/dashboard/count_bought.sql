-- How many of those whom a choice of the ranking would show look bought; one row. Parameters: band text or null, hashtag text or
-- null, niche text or null.
select count(*) as creators
from standings as ranked
left join lateral (
    -- By key, one at a time, which the limit makes sure of: they are few beside all.
    select tagged.*
    from creator_video_facts as tagged
    where coalesce(%(hashtag)s::text, %(niche)s::text) is not null and tagged.user_id = ranked.user_id
    limit 1
) as facts on true
where
    ranked.looks_bought
    and (%(band)s::text is null or ranked.band = %(band)s::text)
    -- part: ranking/choice
    -- part: ranking/not_refused
    -- part: ranking/not_dismissed
;
