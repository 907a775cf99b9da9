-- Which days are asked for on a day; one row, none for an account without a connection. The same whenever it is asked on that
-- day: from some days before the last that came, because TikTok may not have finished counting them, or from the earliest there
-- are. Parameters: account text, day date, earliest date, overlap int.
update account_sources as sources
set
    asked_on = %(day)s::date,
    asked_from = case
        when sources.asked_on = %(day)s::date then sources.asked_from
        else
            least(
                %(day)s::date - 1,
                greatest(%(earliest)s::date, sources.came_to - %(overlap)s::integer + 1)
            )
    end,
    asked_to = %(day)s::date - 1
where sources.account = %(account)s::text
returning sources.asked_from, sources.asked_to;
