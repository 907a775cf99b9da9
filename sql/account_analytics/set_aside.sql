-- A report that the rules of today do not take, or ask about; one row. Parameters: export_sha256 text, member text,
-- report jsonb (one row of account_exports).
update account_exports
set
    state = given.state,
    reason_code = given.reason_code,
    reason = given.reason,
    waits_for = given.waits_for
from jsonb_populate_recordset(null::account_exports, %(report)s::jsonb) as given
where
    account_exports.export_sha256 = %(export_sha256)s::text
    and account_exports.member = %(member)s::text
    and account_exports.state <> 'undone'
returning account_exports.export_sha256;
