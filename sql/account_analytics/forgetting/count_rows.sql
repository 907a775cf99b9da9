-- How much there is of accounts that are a person's own; one row. Parameters: handles text[] (lower case).
with
own as (
    select accounts.account
    from accounts
    where
        lower(accounts.handle collate ucs_basic) = any(%(handles)s::text [])
        or lower(accounts.account collate ucs_basic) = any(%(handles)s::text [])
        or accounts.aliases && %(handles)s::text []
),

theirs as (
    select account_exports.export_sha256
    from account_exports
    where
        account_exports.account in (select own.account from own)
        or lower(account_exports.name_handle collate ucs_basic) = any(%(handles)s::text [])
        or account_exports.handles && %(handles)s::text []
        or string_to_array(translate(lower(account_exports.folder collate ucs_basic), '@', ''), '/') && %(handles)s::text []
)

select
    (select count(*) from own) as accounts,
    (
        select count(*) from account_exports
        where account_exports.export_sha256 in (select theirs.export_sha256 from theirs)
    ) as account_files;
