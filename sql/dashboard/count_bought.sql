-- How many of those whom a choice of the ranking would show look bought; one row. Parameters: band text or null, most_counted int
-- or null (so many at the most; NULL: all).
select count(*) as creators
from (
    select ranked.user_id
    from standings as ranked
    -- Where no hashtag is asked for, nothing of it is read.
    left join creator_video_facts as facts on ranked.user_id = facts.user_id
    where
        ranked.looks_bought
        and (%(band)s::text is null or ranked.band = %(band)s::text)
        -- part: ranking/choice
        -- part: ranking/not_refused
        -- part: ranking/not_dismissed
    limit %(most_counted)s::integer
) as those;
