-- What this run noted as waiting and is known meanwhile: it counts as what it is now; one row each. Parameters: run_id text.
update account_outcomes
set
    result = case exports.state when 'duplicate' then 'duplicate' else 'done' end,
    account = exports.account,
    reason = case exports.state when 'duplicate' then 'All that is in it was here already' else exports.reason end
from account_exports as exports
where
    account_outcomes.run_id = %(run_id)s::text
    and account_outcomes.step = 'land'
    and account_outcomes.result = 'waiting'
    and exports.export_sha256 = account_outcomes.export_sha256
    and exports.member = account_outcomes.member
    and exports.state in ('landed', 'raw', 'staged', 'duplicate')
    and exports.account is not null
returning account_outcomes.export_sha256;
