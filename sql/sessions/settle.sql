-- What our statements and their answers go by, whatever somebody set for the database or the role (alter role … set …): days
-- are days in UTC, numbers keep all their digits, a list of words is split in one way. row_security off: rows that a policy would
-- hide are an error, and never a day of fewer creators. One row, of no use. For one transaction, since a pooler shares sessions:
-- what one client sets for its session another one finds. Parameters: statement_timeout, lock_timeout,
-- idle_in_transaction_session_timeout, transaction_timeout, work_mem (text).
select
    set_config('statement_timeout', %(statement_timeout)s::text, true),
    set_config('lock_timeout', %(lock_timeout)s::text, true),
    set_config('idle_in_transaction_session_timeout', %(idle_in_transaction_session_timeout)s::text, true),
    set_config('work_mem', %(work_mem)s::text, true),
    set_config('timezone', 'UTC', true),
    set_config('datestyle', 'ISO, YMD', true),
    set_config('intervalstyle', 'postgres', true),
    set_config('bytea_output', 'hex', true),
    set_config('extra_float_digits', '1', true),
    set_config('lc_numeric', 'C', true),
    set_config('lc_time', 'C', true),
    set_config('default_text_search_config', 'pg_catalog.simple', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('backslash_quote', 'safe_encoding', true),
    set_config('array_nulls', 'on', true),
    set_config('transform_null_equals', 'off', true),
    set_config('quote_all_identifiers', 'off', true),
    set_config('xmloption', 'content', true),
    set_config('gin_fuzzy_search_limit', '0', true),
    set_config('row_security', 'off', true),
    set_config('exit_on_error', 'off', true),
    set_config('check_function_bodies', 'on', true),
    -- 0 first: a clock that runs already is not set again.
    set_config(known.transaction_timeout, '0', true),
    set_config(known.transaction_timeout, %(transaction_timeout)s::text, true),
    -- A path that leads nowhere, or to the system's own, means public.
    set_config(
        'search_path',
        case when left(coalesce(current_schema(), 'pg_'), 3) = 'pg_' then 'public' else current_setting('search_path') end,
        true
    )
from (
    -- Since PostgreSQL 17; before, a name of our own takes its place.
    select
        case
            when current_setting('transaction_timeout', true) is null then 'cometwatch.unused'
            else 'transaction_timeout'
        end as transaction_timeout
) as known;
