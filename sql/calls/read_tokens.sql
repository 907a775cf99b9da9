-- What a run took in tokens so far, of one endpoint: one row. Parameters: pipeline text, run_id text, endpoint text.
select
    coalesce(sum(tokens.tokens_in + tokens.tokens_out), 0)::bigint as tokens,
    coalesce(sum(tokens.usd), 0) as usd
from call_tokens as tokens
where
    tokens.pipeline = %(pipeline)s::text
    and tokens.run_id = %(run_id)s::text
    and tokens.endpoint = %(endpoint)s::text;
