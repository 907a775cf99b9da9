-- Which words the text layers refused most videos by, capitals aside; one row per layer and word. Each video counts once, as in
-- count_refusals: what was accepted, or refused by something else, later or further on, is not refused by the word.
-- Parameters: first date, last date (both included), most int.
with
of_window as (
    select
        verdicts.video_id,
        max((verdicts.day - %(first)s::date) * 10 + verdicts.precedence) as decisive
    from verdicts
    where verdicts.day between %(first)s::date and %(last)s::date
    group by verdicts.video_id
)

select
    verdicts.layer,
    fold_case(left(verdicts.matched_text, 100)) as word,
    count(distinct verdicts.video_id)::integer as videos
from verdicts
inner join of_window
    on
        verdicts.video_id = of_window.video_id
        and (verdicts.day - %(first)s::date) * 10 + verdicts.precedence = of_window.decisive
where
    verdicts.day between %(first)s::date and %(last)s::date
    and verdicts.layer in ('platform', 'pronoun')
    and verdicts.matched_text is not null
group by verdicts.layer, word
order by videos desc, verdicts.layer, word
limit %(most)s::integer;
