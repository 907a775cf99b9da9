-- Enters what one call took in tokens, and adds its cost to the ledger's line, the day's spend and the pipeline's; one row: the
-- cost.
-- Parameters: day date, pipeline text, run_id text, endpoint text, subject text, tokens_in int, tokens_out int, usd numeric.
with
entered as (
    insert into call_tokens (pipeline, run_id, endpoint, tokens_in, tokens_out, usd)
    values (
        %(pipeline)s::text,
        %(run_id)s::text,
        %(endpoint)s::text,
        %(tokens_in)s::integer,
        %(tokens_out)s::integer,
        %(usd)s::numeric
    )
    returning usd
),

lines as (
    update api_calls as calls
    set price_usd = calls.price_usd + entered.usd
    from entered
    where
        calls.day = %(day)s::date
        and calls.endpoint = %(endpoint)s::text
        and calls.subject = %(subject)s::text
        and calls.run_id = %(run_id)s::text
        and calls.is_billed
        and calls.called_at = (
            select max(latest.called_at)
            from api_calls as latest
            where
                latest.day = %(day)s::date
                and latest.endpoint = %(endpoint)s::text
                and latest.subject = %(subject)s::text
                and latest.run_id = %(run_id)s::text
                and latest.is_billed
        )
),

spent as (
    update api_spend as spend
    set usd = spend.usd + entered.usd
    from entered
    where spend.vendor = vendor_of(%(endpoint)s::text) and spend.day = %(day)s::date
),

billed as (
    update pipeline_spend as bill
    set usd = bill.usd + entered.usd
    from entered
    where
        bill.pipeline = %(pipeline)s::text
        and bill.vendor = vendor_of(%(endpoint)s::text)
        and bill.day = %(day)s::date
)

select entered.usd
from entered;
