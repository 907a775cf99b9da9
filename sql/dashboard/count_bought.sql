-- How many of those whom a choice of the ranking would show look bought; one row. Parameters: trends text[] or null, band text or
-- null, status text or null, only_new bool, only_fading bool, on_day date or null (only whose latest row is of this day),
-- with_overruled bool (also who was accepted and whom a person overruled to be refused), with_dismissed bool (also whom the
-- team said no to).
select count(*) as creators
from standings
where
    standings.looks_bought
    and (%(trends)s::text [] is null or standings.source_trend = any(%(trends)s::text []))
    and (%(band)s::text is null or standings.band = %(band)s::text)
    and (%(status)s::text is null or standings.status = %(status)s::text)
    and (not %(only_new)s::boolean or standings.is_new)
    and (not %(only_fading)s::boolean or standings.is_fading)
    and (%(on_day)s::date is null or standings.day = %(on_day)s::date)
    and (
        %(with_overruled)s::boolean
        or standings.user_id not in (
            select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
        )
    )
    and (
        %(with_dismissed)s::boolean
        or standings.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no')
    );
