-- Overrules, the latest first, one row each, from before the last one seen. Parameters: in_force bool or null (all),
-- before bigint or null, most int.
select
    overrules.*,
    verdicts.handle,
    exists(select from creators where creators.user_id = overrules.user_id) as is_on_roster
from overrules
left join verdicts
    on
        overrules.day = verdicts.day
        and overrules.keyword = verdicts.keyword
        and overrules.video_id = verdicts.video_id
where
    (%(in_force)s::boolean is null or (overrules.withdrawn_at is null) = %(in_force)s::boolean)
    and (%(before)s::bigint is null or overrules.overrule_id < %(before)s::bigint)
order by overrules.overrule_id desc
limit %(most)s::integer;
