-- Whose handle this is, else whose it was last; one row, or none. Parameters: handle text.
select owners.user_id
from (
    select
        creators.user_id,
        true as is_current,
        creators.last_updated_at::date as seen_on
    from creators
    where creators.handle in (%(handle)s::text, lower(%(handle)s::text collate ucs_basic))
    union all
    select
        history.user_id,
        false as is_current,
        history.seen_from as seen_on
    from handle_history as history
    inner join creators on history.user_id = creators.user_id
    where history.handle in (%(handle)s::text, lower(%(handle)s::text collate ucs_basic))
) as owners
order by owners.is_current desc, owners.seen_on desc nulls last, owners.user_id asc
limit 1;
