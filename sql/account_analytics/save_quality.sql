-- Stores the scores of a run; one row per account. Parameters: rows json (an array; offenders are given as text).
insert into account_quality (
    account,
    run_id,
    day,
    completeness,
    consistency,
    validity,
    freshness,
    accuracy,
    overall,
    overall_mean,
    offenders,
    compared,
    is_made_up
)
select
    given.account,
    given.run_id,
    given.day,
    given.completeness,
    given.consistency,
    given.validity,
    given.freshness,
    given.accuracy,
    given.overall,
    given.overall_mean,
    coalesce((given.offenders #>> '{}')::jsonb, '{}'),
    coalesce((given.compared #>> '{}')::jsonb, '{}'),
    given.is_made_up
from json_populate_recordset(null::account_quality, %(rows)s::json) as given
on conflict (account, run_id) do update set
    day = excluded.day,
    completeness = excluded.completeness,
    consistency = excluded.consistency,
    validity = excluded.validity,
    freshness = excluded.freshness,
    accuracy = excluded.accuracy,
    overall = excluded.overall,
    overall_mean = excluded.overall_mean,
    offenders = excluded.offenders,
    compared = excluded.compared,
    is_made_up = excluded.is_made_up;
