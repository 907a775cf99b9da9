-- How much there is of accounts that are a person's own; one row. Parameters: handles text[] (lower case).
with
own as (
    select owned.account
    from accounts_of(%(handles)s::text []) as owned (account)
),

theirs as (
    select named.export_sha256
    from exports_of(%(handles)s::text []) as named (export_sha256)
)

select
    (select count(*) from own) as accounts,
    (
        select count(*) from account_exports
        where account_exports.export_sha256 in (select theirs.export_sha256 from theirs)
    ) as account_files;
