-- Of those in `fitting` one page, `page`, in the order that is asked for; what is not known comes last, from whichever end it
-- goes. Parameters: most int, skipped int.

-- Those of whom the column is known, from the end that is asked for: an index is walked forwards or backwards.
known as (
    select fitting.*
    from fitting
    where
        fitting.by_number is not null
        or fitting.by_count is not null
        or fitting.by_day is not null
        or fitting.by_text is not null
    order by
        -- part: ranking/walk
    limit %(most)s::integer
    offset %(skipped)s::integer
),

-- After the last of them all others: how many known ones lie before a page without any has to be counted then.
unknown as (
    select fitting.*
    from fitting
    where
        fitting.by_number is null
        and fitting.by_count is null
        and fitting.by_day is null
        and fitting.by_text is null
    order by
        -- part: ranking/walk
    limit %(most)s::integer - (select count(*) from known)
    offset
        case
            when %(skipped)s::integer = 0 or (select count(*) from known) > 0 then 0
            else greatest(
                0,
                %(skipped)s::integer - (
                    select count(*)
                    from fitting
                    where
                        fitting.by_number is not null
                        or fitting.by_count is not null
                        or fitting.by_day is not null
                        or fitting.by_text is not null
                )
            )
        end
),

page as (
    select known.* from known
    union all
    select unknown.* from unknown
    -- There are no more of them: this tells the planner so.
    limit %(most)s::integer
)
