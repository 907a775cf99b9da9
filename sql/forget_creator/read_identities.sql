-- Every other identity of a person, also of one whose erasure was interrupted; one row. Parameters: user_id text.
select
    coalesce(
        (select creators.sec_user_id from creators where creators.user_id = %(user_id)s::text),
        (select under_way.sec_user_id from erasures_under_way as under_way where under_way.user_id = %(user_id)s::text)
    ) as sec_user_id,
    array(
        select creators.handle
        from creators
        where creators.user_id = %(user_id)s::text and creators.handle is not null
        union
        select history.handle
        from handle_history as history
        where history.user_id = %(user_id)s::text
        union
        select verdicts.handle
        from verdicts
        where verdicts.user_id = %(user_id)s::text
        union
        select unnest(under_way.handles)
        from erasures_under_way as under_way
        where under_way.user_id = %(user_id)s::text
    ) as handles;
