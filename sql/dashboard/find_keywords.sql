-- Keywords of any day, whatever their capitals: the one that a text is, else those with words that begin with each of its words;
-- one row each. Parameters: exact text, most int.
with
known as (
    select
        trends.trend_keyword as keyword,
        fold_case(trends.trend_keyword) = fold_case(%(exact)s::text) as is_exact
    from daily_trends as trends
    group by trends.trend_keyword
)

select known.keyword
from known
where
    known.is_exact
    or (
        not exists (select from known as exact where exact.is_exact)
        and words_found(known.keyword, null) @@ words_sought(%(exact)s::text)
    )
order by known.keyword
limit %(most)s::integer;
