-- Puts all files and reports of an account to another one, where they are read again, with its questions, what people said of its
-- days, when a browser was sent for it, and, where the other one has none, the tokens of its owner's consent, how its owner is
-- logged in, and what was fetched last; one row per file or report.
-- Parameters: account text, into_account text.
with
questions as (
    update account_questions
    set account = %(into_account)s::text
    where account_questions.account = %(account)s::text
    returning account_questions.question_id
),

anomalies as (
    update account_anomalies
    set account = %(into_account)s::text
    where
        account_anomalies.account = %(account)s::text
        and not exists (
            select from account_anomalies as kept
            where
                kept.account = %(into_account)s::text
                and kept.day = account_anomalies.day
                and kept.kind = account_anomalies.kind
                and kept.subject = account_anomalies.subject
        )
    returning account_anomalies.account
),

tokens as (
    update account_tokens
    set account = %(into_account)s::text
    where
        account_tokens.account = %(account)s::text
        and not exists (select from account_tokens as kept where kept.account = %(into_account)s::text)
    returning account_tokens.account
),

logins as (
    update account_browser_states
    set account = %(into_account)s::text
    where
        account_browser_states.account = %(account)s::text
        and not exists (select from account_browser_states as kept where kept.account = %(into_account)s::text)
    returning account_browser_states.account
),

-- The distances between visits hold for it as well.
visits as (
    update account_browser_log
    set account = %(into_account)s::text
    where account_browser_log.account = %(account)s::text
    returning account_browser_log.visit_id
),

sources as (
    update account_sources
    set account = %(into_account)s::text
    where
        account_sources.account = %(account)s::text
        and not exists (select from account_sources as kept where kept.account = %(into_account)s::text)
    returning account_sources.account
)

update account_exports
set
    account = %(into_account)s::text,
    account_basis = 'answer',
    state = case
        when account_exports.member <> '' and account_exports.raw_key is not null and account_exports.state <> 'undone'
            then 'landed'
        else account_exports.state
    end,
    reason = case when account_exports.raw_key is null or account_exports.state = 'undone' then account_exports.reason end,
    reason_code = case
        when account_exports.raw_key is null or account_exports.state = 'undone' then account_exports.reason_code
    end,
    waits_for = case
        when account_exports.reason_code in ('year', 'other_account') then null
        else account_exports.waits_for
    end
where account_exports.account = %(account)s::text
returning account_exports.export_sha256, account_exports.member;
