-- What viral_content has of some accounts, to be compared with what is staged;
-- one row per account: its rows as lines of CSV, in which a backslash stands for one more. Parameters: accounts text[].
select
    rows.account,
    string_agg(trim(both '()' from rows::text), chr(10)) as lines
from (
    select
        kept.account,
        kept.video_id,
        kept.day,
        kept.days,
        kept.views,
        kept.views_of_day,
        kept.views_of_day_before,
        kept.growth,
        kept.viral_score,
        kept.viral_score_parts::text as viral_score_parts,
        kept.is_partial,
        kept.viral_percentile,
        kept.is_made_up
    from viral_content as kept
    where kept.account = any(%(accounts)s::text [])
) as rows
group by rows.account;
