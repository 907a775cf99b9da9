-- The roster says what the last look said: status, and the handle that the history ends with. Rows: creators that differ.
-- Parameters: day date (the last one).
select 'status of ' || creators.user_id || ' is ' || creators.status as violation
from creators
inner join creator_stats as stats
    on creators.user_id = stats.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
where creators.status not in ('active', 'private') or creators.misses_in_row <> 0 or creators.next_due_on is not null
union all
select 'status of ' || creators.user_id || ' is ' || creators.status || ', seen as ' || misses.outcome
from creators
inner join roll_call_misses as misses on creators.user_id = misses.user_id and misses.day = %(day)s::date
where
    misses.outcome in ('gone', 'private', 'banned')
    and (creators.status <> misses.outcome or creators.misses_in_row < 1)
union all
select 'handle of ' || creators.user_id || ' is ' || creators.handle || ', last seen as ' || last_seen.handles[1]
from creators
inner join (
    select
        history.user_id,
        max(history.seen_from) as seen_from,
        array_agg(history.handle order by history.seen_from desc) as handles
    from handle_history as history
    group by history.user_id
) as last_seen on creators.user_id = last_seen.user_id
where
    not exists (
        select from handle_history as history
        where
            history.user_id = creators.user_id
            and history.seen_from = last_seen.seen_from
            and history.handle = creators.handle
    );
