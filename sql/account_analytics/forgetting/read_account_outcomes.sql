-- Rows of account_outcomes in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_outcomes.run_id,
    account_outcomes.step,
    account_outcomes.export_sha256,
    account_outcomes.member,
    jsonb_build_object(
        'reason', account_outcomes.reason
    ) as texts
from account_outcomes
where
    lower(
        jsonb_build_array(
            account_outcomes.reason
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2, 3, 4;
