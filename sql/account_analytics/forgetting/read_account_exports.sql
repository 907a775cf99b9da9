-- Rows of account_exports in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_exports.export_sha256,
    account_exports.member,
    jsonb_build_object(
        'reason', account_exports.reason,
        'waits_for', account_exports.waits_for,
        'warnings', account_exports.warnings
    ) as texts
from account_exports
where
    lower(
        jsonb_build_array(
            account_exports.reason,
            account_exports.waits_for,
            account_exports.warnings
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1, 2;
