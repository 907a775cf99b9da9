-- The reports of an account and the files they came in, the latest first; with the views of its days as they stand now. One row
-- per report. Parameters: account text, most int.
select
    exports.export_sha256,
    exports.member,
    exports.member_sha256,
    coalesce(files.file_name, exports.file_name) as file_name,
    exports.format,
    exports.report,
    exports.rows_in,
    exports.views_in_file,
    exports.first_day,
    exports.last_day,
    exports.exported_at,
    exports.landed_at,
    exports.year_basis,
    exports.label_shift,
    exports.shift_basis,
    exports.warnings,
    exports.state,
    exports.reason,
    exports.undone_by,
    exports.undone_at,
    exports.is_made_up,
    totals.views,
    totals.days_known
from account_exports as exports
left join account_exports as files
    on exports.export_sha256 = files.export_sha256 and files.member = ''
left join lateral (
    select
        sum(stats.video_views)::bigint as views,
        count(stats.video_views) as days_known
    from social_media_stats as stats
    where
        exports.report = 'overview'
        and stats.account = exports.account
        and stats.date between exports.first_day and exports.last_day
) as totals on true
where exports.account = %(account)s::text and exports.member <> ''
order by exports.landed_at desc, file_name, exports.member, exports.export_sha256
limit %(most)s::int;
