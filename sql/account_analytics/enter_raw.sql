-- Reports are read; one row each, none where it was put elsewhere or taken back meanwhile. Parameters: reports jsonb (an array of
-- rows of account_exports).
update account_exports
set
    raw_key = given.raw_key,
    family = given.family,
    format = given.format,
    format_version = given.format_version,
    report = given.report,
    rows_in = given.rows_in,
    is_telling = given.is_telling,
    views_in_file = given.views_in_file,
    first_label = given.first_label,
    last_label = given.last_label,
    handles = given.handles,
    warnings = given.warnings,
    waits_for = coalesce(given.waits_for, account_exports.waits_for),
    first_day = coalesce(account_exports.first_day, given.first_day),
    last_day = coalesce(account_exports.last_day, given.last_day),
    exported_at = coalesce(account_exports.exported_at, given.exported_at),
    state = given.state,
    reason_code = case when given.state = 'raw' then null else 'unknown_account' end,
    reason = case when given.state = 'raw' then null else 'Whose it is has to be answered first' end
from jsonb_populate_recordset(null::account_exports, %(reports)s::jsonb) as given
where
    account_exports.export_sha256 = given.export_sha256
    and account_exports.member = given.member
    and account_exports.account is not distinct from given.account
    and account_exports.state in ('landed', 'raw', 'waiting', 'staged', 'quarantined')
returning account_exports.export_sha256, account_exports.member;
