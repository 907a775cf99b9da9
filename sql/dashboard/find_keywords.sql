-- Keywords of any day, whatever their capitals: the one that a text is, else those with words that begin with it; one row each.
-- Parameters: exact text, inside text (a pattern of LIKE in small letters; a space stands before every word), most int.
with
known as (
    select
        trends.trend_keyword as keyword,
        lower(trends.trend_keyword) = lower(%(exact)s::text) as is_exact
    from daily_trends as trends
    where
        lower(trends.trend_keyword) = lower(%(exact)s::text)
        or ' ' || translate(lower(trends.trend_keyword), '#_-./', '     ') like %(inside)s::text
    group by trends.trend_keyword
)

select known.keyword
from known
where known.is_exact or not exists (select from known as exact where exact.is_exact)
order by known.keyword
limit %(most)s::integer;
