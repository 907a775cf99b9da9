-- Removes accounts that are a person's own, with everything of them; a file that holds a report of theirs goes whole. Where the
-- files lie is noted, to be removed next. One row with the numbers removed. Parameters: handles text[] (lower case).
with
own as (
    select owned.account
    from accounts_of(%(handles)s::text []) as owned (account)
),

theirs as (
    select named.export_sha256
    from exports_of(%(handles)s::text []) as named (export_sha256)
),

files as (
    delete from account_exports
    where account_exports.export_sha256 in (select theirs.export_sha256 from theirs)
    returning
        account_exports.export_sha256,
        account_exports.account,
        account_exports.landing_key,
        account_exports.raw_key
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
    returning
        account_drop_files.drop_path,
        account_drop_files.size_bytes,
        account_drop_files.mtime_ns,
        account_drop_files.archive_key
),

-- Of others, whose report lay in such a file: they are worked out anew, without it.
others as (
    update accounts
    set stale_since = clock_timestamp()
    where
        accounts.account in (select files.account from files)
        and accounts.account not in (select own.account from own)
    returning accounts.account
),

-- What TikTok's Accounts API answered about them; a call names an account by what TikTok calls it for this app alone.
calls as (
    update api_calls
    set
        answer = null,
        holds_identity = false
    from account_tokens
    where
        account_tokens.account in (select own.account from own)
        and api_calls.answer is not null
        and api_calls.endpoint in ('tiktok/business/get', 'tiktok/business/video/list')
        and starts_with(api_calls.subject, 'business_id=' || account_tokens.business_id || '&')
    returning api_calls.call_id
),

removed as (
    delete from accounts
    where accounts.account in (select own.account from own)
    returning accounts.account
),

noted as (
    insert into account_files_to_remove (place, name, size_bytes, mtime_ns)
    select
        'lake',
        keys.name,
        null,
        null
    from (
        select files.landing_key as name from files
        union
        select files.landing_key || '.reason.json' from files where files.landing_key like 'landing/quarantine/%%'
        union
        select files.raw_key from files
        union
        select dropped.archive_key from dropped
    ) as keys
    where keys.name <> ''
    union all
    select
        'drop',
        dropped.drop_path,
        dropped.size_bytes,
        dropped.mtime_ns
    from dropped
    where dropped.archive_key is null
    union all
    select
        'curated',
        'all',
        null,
        null
    where exists (select from removed) or exists (select from files)
    on conflict (place, name) do update
        set
            size_bytes = excluded.size_bytes,
            mtime_ns = excluded.mtime_ns
    returning account_files_to_remove.name
)

select
    (select count(*) from removed) as accounts,
    (select count(*) from files) as account_files;
