-- How many a choice of the ranking leaves out because their followers are outside the band, and for nothing else; one row.
-- Parameters: bought bool or null (only who looks bought, or only who does not), most_counted int or null (so many of each at the
-- most; NULL: all).
select
    max(counted.creators) filter (where bands.band = 'above') as above,
    max(counted.creators) filter (where bands.band = 'below') as below
from (values ('above'), ('below')) as bands (band)
cross join lateral (
    select count(*) as creators
    from (
        select ranked.user_id
        from standings as ranked
        -- Where no hashtag is asked for, nothing of it is read.
        left join creator_video_facts as facts on ranked.user_id = facts.user_id
        where
            ranked.band <> 'inside'
            and ranked.band = bands.band
            and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
            -- part: ranking/choice
            -- part: ranking/not_refused
            -- part: ranking/not_dismissed
        limit %(most_counted)s::integer
    ) as those
) as counted;
