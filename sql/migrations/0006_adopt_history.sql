-- Copies the history of an original `creator_stats` (set aside by 0001): no row is lost, growth follows the contract.

do $$
declare
    found record;
    column_list text := '';
begin
    if to_regclass('creator_stats_original') is null then
        return;
    end if;

    -- Columns of the owner's own come along; the serial id does not, the key is (user_id, recorded_date).
    for found in
        select
            attributes.attname,
            format_type(attributes.atttypid, attributes.atttypmod) as type_name
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('creator_stats_original')
            and attributes.attnum > 0
            and not attributes.attisdropped
            and attributes.attname <> 'id'
            and not exists (
                select from pg_attribute as own
                where own.attrelid = to_regclass('creator_stats') and own.attname = attributes.attname
            )
    loop
        execute format('alter table creator_stats add column %I %s', found.attname, found.type_name);
        column_list := column_list || format(', %I', found.attname);
    end loop;
    for found in
        select missing.name
        from unnest(array['heart_count', 'video_count', 'daily_growth_followers', 'daily_growth_percent', 'source_trend'])
            as missing (name)
        where not exists (
            select from pg_attribute as own
            where own.attrelid = to_regclass('creator_stats_original') and own.attname = missing.name
                and not own.attisdropped
        )
    loop
        execute format('alter table creator_stats_original add column %I text', found.name);
    end loop;

    insert into adopted_leftovers (table_name, row_data, reason)
    select
        'creator_stats', to_jsonb(old),
        case
            when old.user_id is null or old.recorded_date is null then 'no creator or no day'
            when not isfinite(old.recorded_date) then 'no day of the calendar'
            else 'a count is missing or negative'
        end
    from creator_stats_original as old
    where old.user_id is null or old.recorded_date is null or not isfinite(old.recorded_date)
        or (old.follower_count >= 0 and old.heart_count::bigint >= 0 and old.video_count::bigint >= 0) is not true;
    delete from creator_stats_original as old
    where old.user_id is null or old.recorded_date is null or not isfinite(old.recorded_date)
        or (old.follower_count >= 0 and old.heart_count::bigint >= 0 and old.video_count::bigint >= 0) is not true;

    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creator_stats', to_jsonb(old), 'the same creator and day again: the later row was adopted'
    from creator_stats_original as old
    where exists (
        select from creator_stats_original as other
        where other.user_id = old.user_id
            and other.recorded_date::date = old.recorded_date::date and other.ctid > old.ctid
    );
    delete from creator_stats_original as old
    using creator_stats_original as other
    where other.user_id = old.user_id
        and other.recorded_date::date = old.recorded_date::date and other.ctid > old.ctid;

    insert into creators (user_id)
    select distinct old.user_id::text
    from creator_stats_original as old
    on conflict (user_id) do nothing;

    -- A gap is filled up to 30 days back, so the month before may be wanted too.
    for found in
        select distinct date_trunc('month', days.day)::date as month_start
        from creator_stats_original as old
        cross join lateral (
            values (old.recorded_date::date), (old.recorded_date::date - 30)
        ) as days (day)
    loop
        perform make_partitions(found.month_start, 0);
    end loop;

    execute
        'insert into creator_stats ('
        || '    user_id, recorded_date, follower_count, heart_count, video_count,'
        || '    daily_growth_followers, daily_growth_percent, source_trend, observed_at, origin' || column_list
        || ') '
        || 'select'
        || '    user_id::text, recorded_date::date, follower_count::bigint, heart_count::bigint, video_count::bigint,'
        || '    coalesce(daily_growth_followers::bigint, 0), coalesce(daily_growth_percent::numeric, 0),'
        || '    source_trend::text,'
        -- Nobody wrote down the time: of a plain date it is the beginning of the day.
        || '    recorded_date::timestamptz,'
        || '    case when source_trend is null then ''roll_call'' else ''discovery'' end' || column_list
        || ' from creator_stats_original';

    update creators
    set first_seen_on = first_rows.recorded_date
    from (
        select user_id, min(recorded_date) as recorded_date from creator_stats group by user_id
    ) as first_rows
    where first_rows.user_id = creators.user_id and creators.first_seen_on is null;
    update creators
    set first_seen_keyword = stats.source_trend
    from creator_stats as stats
    where stats.user_id = creators.user_id
        and stats.recorded_date = creators.first_seen_on
        and creators.first_seen_keyword is null;

    -- Days between two snapshots, up to 30 before the later one, are filled; then growth is counted for every row.
    insert into creator_stats (
        user_id, recorded_date, follower_count, heart_count, video_count, origin, is_estimated
    )
    select
        pairs.user_id,
        filled.day::date,
        div(2 * (pairs.follower_count::numeric * (gap.days - gap.step) + pairs.next_followers::numeric * gap.step) + gap.days, 2 * gap.days),
        div(2 * (pairs.heart_count::numeric * (gap.days - gap.step) + pairs.next_hearts::numeric * gap.step) + gap.days, 2 * gap.days),
        div(2 * (pairs.video_count::numeric * (gap.days - gap.step) + pairs.next_videos::numeric * gap.step) + gap.days, 2 * gap.days),
        'interpolation',
        true
    from (
        select
            *,
            lead(recorded_date) over ahead as next_date,
            lead(follower_count) over ahead as next_followers,
            lead(heart_count) over ahead as next_hearts,
            lead(video_count) over ahead as next_videos
        from creator_stats
        window ahead as (partition by user_id order by recorded_date)
    ) as pairs
    cross join lateral generate_series(
        greatest(pairs.recorded_date + 1, pairs.next_date - 30)::timestamp,
        (pairs.next_date - 1)::timestamp,
        interval '1 day'
    ) as filled (day)
    cross join lateral (
        select
            pairs.next_date - pairs.recorded_date as days,
            filled.day::date - pairs.recorded_date as step
    ) as gap;

    create temporary table adopted_growth on commit drop as
    select
        user_id,
        recorded_date,
        lag(recorded_date) over before as compared_with,
        case when lag(follower_count) over before > 0
            then follower_count - lag(follower_count) over before else 0
        end as growth,
        case when lag(follower_count) over before > 0
            then round(
                (follower_count - lag(follower_count) over before) * 100.000000000000000000000000
                / lag(follower_count) over before,
                2
            )
            else 0.00
        end as percent
    from creator_stats
    window before as (partition by user_id order by recorded_date);

    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creator_stats', to_jsonb(stats), 'adopted; growth counted anew'
    from creator_stats as stats
    inner join adopted_growth as anew using (user_id, recorded_date)
    where not stats.is_estimated
        and (stats.daily_growth_followers, stats.daily_growth_percent) is distinct from (anew.growth, anew.percent);

    update creator_stats as stats
    set
        daily_growth_followers = anew.growth,
        daily_growth_percent = anew.percent,
        compared_with = anew.compared_with
    from adopted_growth as anew
    where anew.user_id = stats.user_id and anew.recorded_date = stats.recorded_date;

    -- Who could read or write the original table can do the same with the new one.
    for found in
        select
            rights.privilege_type,
            case rights.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(rights.grantee)) end as grantee
        from pg_class as original
        cross join lateral aclexplode(coalesce(original.relacl, acldefault('r', original.relowner))) as rights
        where original.oid = to_regclass('creator_stats_original')
            and rights.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER', 'TRUNCATE')
    loop
        execute format('grant %s on creator_stats to %s', found.privilege_type, found.grantee);
    end loop;

    -- A column of that name of the owner's own holds what the API calls so; it saves the roll call a look-up by number.
    if exists (
        select from pg_attribute
        where attrelid = to_regclass('creators') and attname = 'sec_user_id_original' and not attisdropped
    ) then
        update creators
        set sec_user_id = creators.sec_user_id_original::text
        where creators.sec_user_id_original::text like 'MS4wLjAB%'
            and not exists (
                select from creators as other
                where other.sec_user_id_original = creators.sec_user_id_original and other.user_id <> creators.user_id
            );
    end if;

    drop table creator_stats_original;
end $$;
