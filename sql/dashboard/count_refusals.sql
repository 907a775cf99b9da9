-- Verdicts per day and layer; one row for each. Parameters: first date, last date (both included).
select
    verdicts.day,
    verdicts.layer,
    count(*)::integer as videos
from verdicts
where
    verdicts.day between %(first)s::date and %(last)s::date
    -- All of them, named so that the index by layer and day answers without a look at the rows.
    and verdicts.layer in ('platform', 'pronoun', 'criteria', 'face', 'undetermined', 'accepted')
group by verdicts.day, verdicts.layer
order by verdicts.day, verdicts.layer;
