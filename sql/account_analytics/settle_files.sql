-- The state of a file follows from those of its reports; one row per file that changed. Parameters: sums text[] (NULL: of all).
with
reports as (
    select
        account_exports.export_sha256,
        case
            when bool_or(account_exports.state = 'waiting') then 'waiting'
            when bool_or(account_exports.state = 'landed') then 'landed'
            when bool_or(account_exports.state = 'raw') then 'raw'
            when bool_or(account_exports.state = 'staged') then 'staged'
            when bool_or(account_exports.state = 'duplicate') then 'duplicate'
            when bool_or(account_exports.state = 'undone') then 'undone'
            else 'quarantined'
        end as state,
        min(account_exports.reason) filter (where account_exports.state = 'waiting') as waits_for
    from account_exports
    where
        account_exports.member <> ''
        and (%(sums)s::text [] is null or account_exports.export_sha256 = any(%(sums)s::text []))
    group by account_exports.export_sha256
)

update account_exports
set
    state = reports.state,
    reason = case reports.state when 'waiting' then reports.waits_for when 'quarantined' then account_exports.reason end
from reports
where
    account_exports.export_sha256 = reports.export_sha256
    and account_exports.member = ''
    and (account_exports.state <> 'quarantined' or reports.state <> 'quarantined')
    and (account_exports.state, account_exports.reason) is distinct from (reports.state, reports.waits_for)
returning account_exports.export_sha256, account_exports.state;
