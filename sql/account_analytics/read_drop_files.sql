-- How files of the drop folder looked when they were last read; one row each. Parameters: paths text[].
select
    account_drop_files.drop_path,
    account_drop_files.size_bytes,
    account_drop_files.mtime_ns
from account_drop_files
where account_drop_files.drop_path = any(%(paths)s::text []);
