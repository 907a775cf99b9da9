-- Everybody who was ever seen under a handle; one row per person. Parameters: handle text.
select
    seen.user_id,
    max(seen.seen_on) as seen_on
from (
    select
        creators.user_id,
        creators.last_updated_at::date as seen_on
    from creators
    where lower(creators.handle collate ucs_basic) = lower(%(handle)s::text collate ucs_basic)
    union all
    select
        history.user_id,
        history.seen_from
    from handle_history as history
    where lower(history.handle collate ucs_basic) = lower(%(handle)s::text collate ucs_basic)
    union all
    select
        verdicts.user_id,
        verdicts.day
    from verdicts
    where lower(verdicts.handle collate ucs_basic) = lower(%(handle)s::text collate ucs_basic)
) as seen
group by seen.user_id
order by seen.user_id;
