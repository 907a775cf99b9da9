-- Files that were noted to be removed, and are removed now; one row each. Parameters: place text.
delete from account_files_to_remove
where account_files_to_remove.place = %(place)s::text
returning account_files_to_remove.name, account_files_to_remove.size_bytes, account_files_to_remove.mtime_ns;
