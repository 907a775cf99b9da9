-- Removes what the tables hold under a person's id; one row with the number removed from each. Parameters: user_id text.
with
stats as (
    delete from creator_stats where user_id = %(user_id)s::text returning user_id
),

videos as (
    delete from creator_videos where user_id = %(user_id)s::text returning user_id
),

sightings as (
    delete from creator_video_sightings where user_id = %(user_id)s::text returning user_id
),

reached as (
    delete from creator_contacts where user_id = %(user_id)s::text returning user_id
),

shown as (
    delete from pictures where user_id = %(user_id)s::text returning user_id
),

histories as (
    delete from handle_history where user_id = %(user_id)s::text returning user_id
),

misses as (
    delete from roll_call_misses where user_id = %(user_id)s::text returning user_id
),

judged as (
    delete from verdicts where user_id = %(user_id)s::text returning user_id
),

said as (
    delete from overrules where user_id = %(user_id)s::text returning user_id
),

decided as (
    delete from shortlist where user_id = %(user_id)s::text returning user_id
),

decisions as (
    delete from shortlist_events where user_id = %(user_id)s::text returning user_id
),

starred as (
    delete from shortlist_stars where user_id = %(user_id)s::text returning user_id
),

growth_said as (
    delete from growth_labels where user_id = %(user_id)s::text returning user_id
),

agreed as (
    delete from verdict_agreements where user_id = %(user_id)s::text returning user_id
),

kept_pages as (
    delete from saved_searches where path = '/creators/' || %(user_id)s::text returning search_id
),

person as (
    delete from creators where user_id = %(user_id)s::text returning user_id
)

select
    (select count(*) from person) as creators,
    (select count(*) from stats) as creator_stats,
    (select count(*) from videos) as creator_videos,
    (select count(*) from sightings) as creator_video_sightings,
    (select count(*) from reached) as creator_contacts,
    (select count(*) from shown) as pictures,
    (select count(*) from histories) as handle_history,
    (select count(*) from misses) as roll_call_misses,
    (select count(*) from judged) as verdicts,
    (select count(*) from said) as overrules,
    (select count(*) from decided) as shortlist,
    (select count(*) from decisions) as shortlist_events,
    (select count(*) from starred) as shortlist_stars,
    (select count(*) from growth_said) as growth_labels,
    (select count(*) from agreed) as verdict_agreements,
    (select count(*) from kept_pages) as saved_searches;
