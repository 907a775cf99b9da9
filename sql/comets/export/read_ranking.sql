-- The ranking in whole, or what is left of it; one row per creator, in the order of the page. is_growth_…_estimated: one of
-- the two days that growth is counted from is estimated; growth_label: the latest word of anybody. Parameters: band text or null,
-- bought bool or null (only who looks bought, or only who does not), reader text (whose stars is_starred tells).
select
    ranked.user_id,
    ranked.handle,
    ranked.nickname,
    ranked.status,
    ranked.day,
    ranked.follower_count,
    ranked.heart_count,
    ranked.video_count,
    ranked.is_estimated,
    ranked.estimated_days,
    ranked.observed_at,
    ranked.growth_1,
    ranked.growth_7,
    ranked.growth_30,
    ranked.percent_1,
    ranked.percent_7,
    ranked.percent_30,
    ranked.growth_1 is not null and (
        ranked.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = ranked.user_id
                and base.recorded_date = ranked.day - 1
                and base.is_estimated
        )
    ) as is_growth_1_estimated,
    ranked.growth_7 is not null and (
        ranked.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = ranked.user_id
                and base.recorded_date = ranked.day - 7
                and base.is_estimated
        )
    ) as is_growth_7_estimated,
    ranked.growth_30 is not null and (
        ranked.is_estimated or exists (
            select from creator_stats as base
            where
                base.user_id = ranked.user_id
                and base.recorded_date = ranked.day - 30
                and base.is_estimated
        )
    ) as is_growth_30_estimated,
    ranked.acceleration,
    ranked.first_seen_on,
    ranked.source_trend,
    ranked.band,
    ranked.is_new,
    ranked.is_fading,
    ranked.score,
    ranked.score_growth,
    ranked.score_hearts,
    ranked.median_plays,
    ranked.engagement,
    ranked.share_above,
    ranked.best_to_median,
    ranked.plays_per_follower,
    ranked.posts_per_week,
    ranked.last_post_on,
    ranked.language,
    nullif(array_to_string(facts.niches, ', '), '') as niches,
    said.emails,
    said.instagram,
    said.youtube,
    said.links,
    said.category,
    ranked.growth_check,
    nullif(array_to_string(ranked.growth_signs, ', '), '') as growth_signs,
    case when labelled.is_right then 'right' when not labelled.is_right then 'wrong' end as growth_label,
    labelled.made_by as growth_labelled_by,
    labelled.made_at as growth_labelled_at,
    listed.status as shortlist_status,
    nullif(listed.note, '') as shortlist_note,
    nullif(array_to_string(listed.tags, ', '), '') as shortlist_tags,
    listed.changed_by as shortlist_changed_by,
    listed.changed_at as shortlist_changed_at,
    ranked.user_id in (
        select stars.user_id from shortlist_stars as stars where stars.reader = %(reader)s::text
    ) as is_starred,
    ranked.user_id in (
        select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
    ) as is_overruled
from standings as ranked
left join creator_video_facts as facts on ranked.user_id = facts.user_id
left join lateral (
    select
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'email') as emails,
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'instagram') as instagram,
        string_agg(contacts.contact, ' ' order by contacts.contact) filter (where contacts.kind = 'youtube') as youtube,
        string_agg(contacts.contact, ' ' order by contacts.contact) filter (where contacts.kind = 'link') as links,
        string_agg(contacts.contact, ', ' order by contacts.contact) filter (where contacts.kind = 'category') as category
    from creator_contacts as contacts
    where contacts.user_id = ranked.user_id
) as said on true
left join shortlist as listed on ranked.user_id = listed.user_id
left join (
    select distinct on (labels.user_id) labels.*
    from growth_labels as labels
    order by labels.user_id, labels.made_at desc, labels.made_by
) as labelled on ranked.user_id = labelled.user_id
cross join lateral (
    select
        -- part: ranking/columns
) as placed
where
    (%(band)s::text is null or ranked.band = %(band)s::text)
    and (%(bought)s::boolean is null or ranked.looks_bought = %(bought)s::boolean)
    -- part: ranking/choice
    -- part: ranking/not_refused
    -- part: ranking/not_dismissed
    -- part: ranking/of_few
order by
    -- part: ranking/order
;
