-- The latest day anybody has a row of, which standings are made for; one row, NULL when nobody was ever measured.
-- Parameters: day date (a day that may have rows the roster does not know of yet).
with
known as (
    -- What is later than both is found among few rows; the whole table is read only when the roster knows nothing.
    select greatest(max(creators.last_measured_on), %(day)s::date) as day, max(creators.last_measured_on) as measured_on
    from creators
)

select coalesce(
    (
        select max(stats.recorded_date)
        from creator_stats as stats
        where stats.recorded_date >= (select known.day from known)
    ),
    (select known.measured_on from known),
    (select max(stats.recorded_date) from creator_stats as stats)
) as latest_day;
