-- Notes who is being erased, so that whoever goes on with it still knows every name of theirs; one row.
-- Parameters: user_id text, sec_user_id text or null, handles text[] (lower case), blanks int (how many more are wanted).
insert into erasures_under_way as kept (user_id, sec_user_id, handles, blanks)
values (%(user_id)s::text, %(sec_user_id)s::text, %(handles)s::text [], %(blanks)s::integer)
on conflict (user_id) do update
    set
        sec_user_id = coalesce(excluded.sec_user_id, kept.sec_user_id),
        handles = excluded.handles,
        blanks = kept.blanks + excluded.blanks
returning kept.blanks;
