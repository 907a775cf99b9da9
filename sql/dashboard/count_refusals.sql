-- Screened videos by the layer that decided, each counted once; one row per layer of each day, and one per layer (`day` NULL) of
-- the window since a day (is_now) and of the days before it. Of several verdicts of a video that of the latest day counts, of
-- one day that with the highest precedence (accepted, else the refusal that came furthest, else undetermined). Parameters: first
-- date, last date (both included), since date (where the window begins).
with
of_day as (
    -- Answered by the index on these three, without a look at the rows.
    select
        verdicts.day,
        verdicts.video_id,
        max(verdicts.precedence) as precedence
    from verdicts
    where verdicts.day between %(first)s::date and %(last)s::date
    group by verdicts.day, verdicts.video_id
),

of_window as (
    select
        of_day.day >= %(since)s::date as is_now,
        -- The latest day decides, in one number with its precedence: nothing has to be sorted.
        mod(max((of_day.day - %(first)s::date) * 10 + of_day.precedence), 10) as precedence
    from of_day
    group by of_day.day >= %(since)s::date, of_day.video_id
),

counted as (
    select
        of_day.day,
        of_day.day >= %(since)s::date as is_now,
        of_day.precedence,
        count(*) as videos
    from of_day
    group by of_day.day, of_day.precedence
    union all
    select
        null,
        of_window.is_now,
        of_window.precedence,
        count(*)
    from of_window
    group by of_window.is_now, of_window.precedence
)

select
    counted.day,
    counted.is_now,
    layers.layer,
    sum(counted.videos)::integer as videos
from counted
inner join (
    values
    (1, 'undetermined'), (2, 'undetermined'), (3, 'platform'), (4, 'pronoun'), (5, 'criteria'), (6, 'platform'), (7, 'face'),
    (8, 'consistency'), (9, 'accepted')
) as layers (precedence, layer)
    on counted.precedence = layers.precedence
group by counted.day, counted.is_now, layers.layer
order by counted.day, counted.is_now, layers.layer;
