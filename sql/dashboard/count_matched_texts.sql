-- Which words the text layers refused most by, capitals aside; one row per layer and word. Parameters: first date, last date
-- (both included), most int.
select
    verdicts.layer,
    fold_case(left(verdicts.matched_text, 100)) as word,
    count(*)::integer as videos
from verdicts
where
    verdicts.day between %(first)s::date and %(last)s::date
    and verdicts.layer in ('platform', 'pronoun')
    and verdicts.matched_text is not null
group by verdicts.layer, word
order by videos desc, verdicts.layer, word
limit %(most)s::integer;
