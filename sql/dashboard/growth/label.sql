-- Keeps what a person says of the check of a creator's growth, in place of what they said of the same day's before; one row, or
-- none: the creator has no standing of a ranking of that day, or its check says nothing that could be right or wrong.
-- Parameters: user_id text, made_by text, checked_on date, is_right bool.
insert into growth_labels as kept (user_id, made_by, checked_on, growth_check, growth_signs, is_right)
select
    standings.user_id,
    %(made_by)s::text,
    %(checked_on)s::date,
    standings.growth_check,
    standings.growth_signs,
    %(is_right)s::boolean
from standings
where
    standings.user_id = %(user_id)s::text
    and standings.growth_check in ('looks bought', 'one sign', 'no sign')
    and (select max(latest.day) from standings as latest) = %(checked_on)s::date
on conflict (user_id, made_by, checked_on) do update
    set
        growth_check = excluded.growth_check,
        growth_signs = excluded.growth_signs,
        is_right = excluded.is_right,
        made_at = excluded.made_at
returning kept.user_id;
