-- How the videos screened in the last 7 days were judged, each counted once; one row per layer that decided, in the order they
-- are asked. A video screened on several days counts as the last of them says; on one day, under several keywords, as the
-- verdict with the highest precedence says: accepted, else the refusal that came furthest, else undetermined.
with
videos as (
    select distinct on (video_id) *
    from verdicts
    where day > current_date - 7 and day <= current_date
    order by video_id, day desc, precedence desc, screened_at desc, keyword
)

select
    layer,
    count(*) as videos,
    count(distinct user_id) as creators,
    round(100.0 * count(*) / sum(count(*)) over (), 1) as percent_of_screened,
    round(100.0 * count(*) filter (where is_uncertain) / count(*), 1) as percent_uncertain,
    mode() within group (order by coalesce(matched_text, field)) as most_often_because_of
from videos
group by layer
order by array_position(array['platform', 'pronoun', 'criteria', 'face', 'consistency', 'undetermined', 'accepted'], layer);
