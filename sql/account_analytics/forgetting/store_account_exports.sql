-- Puts cleaned texts into a row of account_exports; one row.
-- Parameters: export_sha256 text, member text, texts jsonb.
update account_exports
set
    reason = given.reason,
    waits_for = given.waits_for,
    warnings = given.warnings
from jsonb_populate_record(null::account_exports, %(texts)s::jsonb) as given
where
    account_exports.export_sha256 = %(export_sha256)s::text
    and account_exports.member = %(member)s::text
returning account_exports.export_sha256;
