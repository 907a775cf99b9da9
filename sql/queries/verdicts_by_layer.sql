-- How the videos screened in the last 7 days were judged; one row per layer that decided, in the order they are asked.
select
    layer,
    count(*) as videos,
    count(distinct user_id) as creators,
    round(100.0 * count(*) / sum(count(*)) over (), 1) as percent_of_screened,
    round(100.0 * count(*) filter (where is_uncertain) / count(*), 1) as percent_uncertain,
    mode() within group (order by coalesce(matched_text, field)) as most_often_because_of
from verdicts
where day > current_date - 7 and day <= current_date
group by layer
order by array_position(array['platform', 'pronoun', 'criteria', 'face', 'undetermined', 'accepted'], layer);
