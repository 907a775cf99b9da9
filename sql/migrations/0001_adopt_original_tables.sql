-- Makes room for the schema in a database that already has the original three tables; does nothing in a new one.
-- `creators` and `daily_trends` are converted where they stand, `creator_stats` is set aside for 0003 to copy.

create table adopted_leftovers (
    table_name text not null,
    row_data jsonb not null,
    reason text not null,
    kept_at timestamptz not null default now()
);
comment on table adopted_leftovers is
'Rows of the original tables that the new schema cannot hold, or holds with other growth; kept whole, never read by a pipeline';

do $$
declare
    found record;
begin
    -- Foreign keys between the originals hold on to the keys that are converted below.
    for found in
        select
            constraints.conname,
            constraints.conrelid::regclass as table_name
        from pg_constraint as constraints
        where constraints.contype = 'f'
            and constraints.conrelid in (to_regclass('creator_stats'), to_regclass('daily_trends'), to_regclass('creators'))
    loop
        execute format('alter table %s drop constraint %I', found.table_name, found.conname);
    end loop;
end $$;

do $$
declare
    found record;
begin
    if to_regclass('creators') is null then
        return;
    end if;
    if not exists (
        select from pg_attribute
        where attrelid = to_regclass('creators') and attname = 'user_id' and not attisdropped
    ) then
        raise exception 'the table "creators" in this database has no column user_id: it is not Cometwatch''s. Use an empty database or schema.';
    end if;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creators', to_jsonb(old), 'no user_id'
    from creators as old
    where old.user_id is null;
    delete from creators where user_id is null;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creators', to_jsonb(old), 'the same user_id again'
    from creators as old
    where exists (
        select from creators as other
        where other.user_id::text = old.user_id::text and other.ctid > old.ctid
    );
    delete from creators as old
    using creators as other
    where other.user_id::text = old.user_id::text and other.ctid > old.ctid;

    for found in
        select
            attributes.attname,
            attributes.atttypid::regtype::text as type_name
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('creators') and attributes.attnum > 0 and not attributes.attisdropped
    loop
        if found.type_name = 'character varying' or (found.attname = 'user_id' and found.type_name <> 'text') then
            execute format('alter table creators alter column %I type text', found.attname);
        elsif found.type_name = 'timestamp without time zone' then
            execute format(
                'alter table creators alter column %I type timestamptz using %I at time zone ''UTC''',
                found.attname, found.attname
            );
        end if;
    end loop;

    -- The original required a handle, a nickname and so on; what the API does not tell is NULL here.
    for found in
        select attributes.attname
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('creators') and attributes.attnotnull and not attributes.attisdropped
            and attributes.attnum > 0
            and attributes.attname in ('handle', 'nickname', 'avatar_url', 'signature', 'last_updated_at')
    loop
        execute format('alter table creators alter column %I drop not null', found.attname);
    end loop;

    if not exists (
        select from pg_index as indexes
        where indexes.indrelid = to_regclass('creators') and indexes.indisprimary
            and indexes.indnatts = 1
            and indexes.indkey[0] = (
                select attnum from pg_attribute where attrelid = to_regclass('creators') and attname = 'user_id'
            )
    ) then
        for found in
            select conname from pg_constraint where conrelid = to_regclass('creators') and contype = 'p'
        loop
            execute format('alter table creators drop constraint %I', found.conname);
        end loop;
        alter table creators add primary key (user_id);
    end if;
    -- A freed handle can belong to somebody else: a handle is no key.
    for found in
        select constraints.conname
        from pg_constraint as constraints
        where constraints.conrelid = to_regclass('creators') and constraints.contype = 'u'
            and (
                select array_agg(attributes.attname::text)
                from pg_attribute as attributes
                where attributes.attrelid = constraints.conrelid and attributes.attnum = any(constraints.conkey)
            ) = array['handle']
    loop
        execute format('alter table creators drop constraint %I', found.conname);
    end loop;
end $$;

do $$
declare
    found record;
    discovered_type text;
begin
    if to_regclass('daily_trends') is null then
        return;
    end if;
    select atttypid::regtype::text into discovered_type
    from pg_attribute
    where attrelid = to_regclass('daily_trends') and attname = 'discovered_at' and not attisdropped;
    if discovered_type is null then
        raise exception 'the table "daily_trends" in this database has no column discovered_at: it is not Cometwatch''s. Use an empty database or schema.';
    end if;
    alter table daily_trends add column fetched_at timestamptz;
    if discovered_type = 'timestamp without time zone' then
        update daily_trends set fetched_at = discovered_at at time zone 'UTC';
    elsif discovered_type = 'timestamp with time zone' then
        update daily_trends set fetched_at = discovered_at;
    end if;
    for found in
        select conname from pg_constraint where conrelid = to_regclass('daily_trends') and contype in ('u', 'p', 'c')
    loop
        execute format('alter table daily_trends drop constraint %I', found.conname);
    end loop;
    -- Whatever index rests on the old column types is rebuilt by the new key.
    for found in
        select indexrelid::regclass::text as index_name from pg_index where indrelid = to_regclass('daily_trends')
    loop
        execute 'drop index ' || found.index_name;
    end loop;
    alter table daily_trends alter column discovered_at drop default;
    if discovered_type in ('timestamp without time zone', 'timestamp with time zone') then
        alter table daily_trends alter column discovered_at type date using (fetched_at at time zone 'UTC')::date;
    end if;
    alter table daily_trends alter column trend_keyword type text;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'daily_trends', to_jsonb(old), 'the same keyword and day again, or one of them missing'
    from daily_trends as old
    where old.trend_keyword is null
        or old.discovered_at is null
        or exists (
            select from daily_trends as other
            where other.trend_keyword = old.trend_keyword
                and other.discovered_at = old.discovered_at
                and (other.rank, other.ctid) < (old.rank, old.ctid)
        );
    delete from daily_trends as old
    where old.trend_keyword is null
        or old.discovered_at is null
        or exists (
            select from daily_trends as other
            where other.trend_keyword = old.trend_keyword
                and other.discovered_at = old.discovered_at
                and (other.rank, other.ctid) < (old.rank, old.ctid)
        );
    alter table daily_trends alter column rank drop not null;
    alter table daily_trends add primary key (discovered_at, trend_keyword);
end $$;

do $$
declare
    found record;
begin
    if to_regclass('creator_stats') is null then
        return;
    end if;
    if (
        select count(*) from pg_attribute
        where attrelid = to_regclass('creator_stats') and not attisdropped
            and attname in ('user_id', 'recorded_date', 'follower_count')
    ) < 3 then
        raise exception 'the table "creator_stats" in this database lacks user_id, recorded_date or follower_count: it is not Cometwatch''s. Use an empty database or schema.';
    end if;
    alter table creator_stats rename to creator_stats_original;
    -- The names of its key and indexes are wanted by the new table.
    for found in
        select indexrelid::regclass::text as index_name, row_number() over () as number
        from pg_index where indrelid = to_regclass('creator_stats_original')
    loop
        execute format('alter index %s rename to creator_stats_original_index_%s', found.index_name, found.number);
    end loop;
end $$;
