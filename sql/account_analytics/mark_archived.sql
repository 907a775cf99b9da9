-- Files were taken out of the drop folder; one row each. Parameters: files jsonb (an array of drop_path, archive_key).
update account_drop_files
set archive_key = given.archive_key
from jsonb_populate_recordset(null::account_drop_files, %(files)s::jsonb) as given
where account_drop_files.drop_path = given.drop_path
returning account_drop_files.drop_path;
