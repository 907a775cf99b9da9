-- Notes that the curated files are to be made anew; no rows out.
insert into account_files_to_remove (place, name)
values ('curated', 'all')
on conflict (place, name) do nothing;
