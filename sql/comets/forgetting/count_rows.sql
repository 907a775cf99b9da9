-- How many rows of each table are about a person; one row. Parameters: user_id text.
select
    (select count(*) from creators where creators.user_id = %(user_id)s::text) as creators,
    (select count(*) from creator_stats as stats where stats.user_id = %(user_id)s::text) as creator_stats,
    (select count(*) from creator_videos as videos where videos.user_id = %(user_id)s::text) as creator_videos,
    (
        select count(*)
        from creator_video_sightings as sightings
        where sightings.user_id = %(user_id)s::text
    ) as creator_video_sightings,
    (select count(*) from creator_contacts as contacts where contacts.user_id = %(user_id)s::text) as creator_contacts,
    (select count(*) from pictures where pictures.user_id = %(user_id)s::text) as pictures,
    (select count(*) from handle_history as history where history.user_id = %(user_id)s::text) as handle_history,
    (select count(*) from roll_call_misses as misses where misses.user_id = %(user_id)s::text) as roll_call_misses,
    (select count(*) from verdicts where verdicts.user_id = %(user_id)s::text) as verdicts,
    (select count(*) from overrules where overrules.user_id = %(user_id)s::text) as overrules,
    (select count(*) from shortlist as kept where kept.user_id = %(user_id)s::text) as shortlist,
    (select count(*) from shortlist_events as events where events.user_id = %(user_id)s::text) as shortlist_events,
    (select count(*) from shortlist_stars as stars where stars.user_id = %(user_id)s::text) as shortlist_stars,
    (select count(*) from growth_labels as labels where labels.user_id = %(user_id)s::text) as growth_labels,
    (
        select count(*)
        from verdict_agreements as agreed
        where agreed.user_id = %(user_id)s::text
    ) as verdict_agreements,
    (
        select count(*)
        from saved_searches as saved
        where saved.path = '/creators/' || %(user_id)s::text
    ) as saved_searches;
