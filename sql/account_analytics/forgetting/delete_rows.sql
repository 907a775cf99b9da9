-- Removes accounts that are a person's own, with everything of them; one row with the numbers removed. Parameters: handles text[]
-- (lower case).
with
own as (
    select accounts.account
    from accounts
    where
        lower(accounts.handle collate ucs_basic) = any(%(handles)s::text [])
        or lower(accounts.account collate ucs_basic) = any(%(handles)s::text [])
        or accounts.aliases && %(handles)s::text []
),

files as (
    delete from account_exports
    where
        account_exports.account in (select own.account from own)
        or lower(account_exports.name_handle collate ucs_basic) = any(%(handles)s::text [])
        or account_exports.handles && %(handles)s::text []
        or lower(account_exports.folder collate ucs_basic) = any(%(handles)s::text [])
    returning account_exports.export_sha256, account_exports.account
),

outcomes as (
    delete from account_outcomes
    where
        account_outcomes.account in (select own.account from own)
        or account_outcomes.export_sha256 in (select files.export_sha256 from files)
    returning account_outcomes.run_id
),

dropped as (
    delete from account_drop_files
    where account_drop_files.export_sha256 in (select files.export_sha256 from files)
    returning account_drop_files.drop_path
),

removed as (
    delete from accounts
    where accounts.account in (select own.account from own)
    returning accounts.account
)

select
    (select count(*) from removed) as accounts,
    (select count(*) from files) as account_files;
