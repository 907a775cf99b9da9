-- A file was taken out of the drop folder; one row. Parameters: drop_path text, archive_key text.
update account_drop_files
set archive_key = %(archive_key)s::text
where account_drop_files.drop_path = %(drop_path)s::text
returning account_drop_files.drop_path;
