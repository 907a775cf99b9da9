-- Every other identity of a person; one row. Parameters: user_id text.
select
    (select creators.sec_user_id from creators where creators.user_id = %(user_id)s::text) as sec_user_id,
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
    ) as handles;
