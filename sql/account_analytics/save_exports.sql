-- Enters files and reports that are new; one row out each. Parameters: exports jsonb (an array of rows of account_exports).
insert into account_exports
select given.*
from jsonb_populate_recordset(null::account_exports, %(exports)s::jsonb) as given
order by given.export_sha256, given.member
on conflict (export_sha256, member) do nothing
returning account_exports.export_sha256, account_exports.member;
