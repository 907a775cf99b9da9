-- What became of reports of accounts; one row each. Parameters: reports jsonb (an array of rows of account_exports, known by
-- account and member_sha256).
update account_exports
set
    state = given.state,
    reason = given.reason,
    reason_code = given.reason_code,
    first_day = given.first_day,
    last_day = given.last_day,
    exported_at = coalesce(given.exported_at, account_exports.exported_at),
    year_basis = given.year_basis,
    label_shift = given.label_shift,
    shift_basis = given.shift_basis,
    warnings = given.warnings
from jsonb_populate_recordset(null::account_exports, %(reports)s::jsonb) as given
where
    account_exports.account = given.account
    and account_exports.member_sha256 = given.member_sha256
    and account_exports.raw_key is not null
    and account_exports.state in ('raw', 'staged', 'waiting', 'quarantined')
returning account_exports.export_sha256;
