-- Rows of account_quality in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_quality.account,
    account_quality.run_id,
    jsonb_build_object(
        'offenders', account_quality.offenders
    ) as texts
from account_quality
where
    lower(
        jsonb_build_array(
            account_quality.offenders
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2;
