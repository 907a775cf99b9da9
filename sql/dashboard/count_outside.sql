-- How many a choice of the ranking leaves out because their followers are outside the band, and for nothing else; one row.
-- Parameters: bought bool or null (only who looks bought, or only who does not).
select
    count(*) filter (where ranked.band = 'above') as above,
    count(*) filter (where ranked.band = 'below') as below
from standings as ranked
-- Where no hashtag is asked for, nothing of it is read.
left join creator_video_facts as facts on ranked.user_id = facts.user_id
where
    ranked.band <> 'inside'
    and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
    -- part: ranking/choice
    -- part: ranking/not_refused
    -- part: ranking/not_dismissed
;
