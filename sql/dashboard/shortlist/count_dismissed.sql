-- How many a choice of the ranking leaves out because the team said no to them on the shortlist; one row. They are few, so
-- each of them is looked at. Parameters: exact text or null (NULL: nobody is searched for), band text or null, hashtag text or
-- null, niche text or null.
select count(*) as creators
from (
    select kept.user_id
    from shortlist as kept
    where kept.status = 'no'
) as dismissed
cross join lateral (
    -- By key, one at a time, which the limit makes sure of: they are few beside all.
    select known.*
    from standings as known
    where known.user_id = dismissed.user_id
    limit 1
) as ranked
left join lateral (
    select found.*
    from creator_words as found
    where %(exact)s::text is not null and found.user_id = dismissed.user_id
    limit 1
) as names on true
left join lateral (
    select tagged.*
    from creator_video_facts as tagged
    where coalesce(%(hashtag)s::text, %(niche)s::text) is not null and tagged.user_id = dismissed.user_id
    limit 1
) as facts on true
where
    (%(band)s::text is null or ranked.band = %(band)s::text)
    -- part: ranking/is_named
    -- part: ranking/choice
    -- part: ranking/of_few
;
