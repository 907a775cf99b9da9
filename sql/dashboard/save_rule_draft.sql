-- Keeps a draft under a name of its own: the day and a number. One row out. Parameters: mapping jsonb, based_on text, note text,
-- made_by text.
with named as (
    select today.day || '-' || (
        select 1 + coalesce(max(substring(rule_versions.version from '-(\d{1,9})$')::integer), 0)
        from rule_versions
        where starts_with(rule_versions.version, today.day || '-')
    ) as version
    from (select to_char(now() at time zone 'UTC', 'YYYY.MM.DD') as day) as today
)

insert into rule_versions (version, mapping, state, based_on, note, made_by)
select
    named.version,
    %(mapping)s::jsonb || jsonb_build_object('version', named.version),
    'draft',
    %(based_on)s::text,
    %(note)s::text,
    %(made_by)s::text
from named
returning version;
