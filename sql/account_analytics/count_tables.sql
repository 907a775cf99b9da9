-- How much there is; one row.
select
    (select count(*) from accounts) as accounts,
    (select count(*) from accounts where accounts.is_made_up) as made_up,
    (select count(*) from social_media_stats) as days,
    (select count(*) from social_media_stats where social_media_stats.overview_source = 'api') as api_days,
    (select max(social_media_stats.date) from social_media_stats) as last_day,
    (
        select count(*) from (
            select distinct
                content_performance.account,
                content_performance.video_id
            from content_performance
        ) as known
    ) as videos,
    (select count(*) from content_performance) as snapshots,
    (select count(*) from viral_content) as viral,
    (select count(*) from audience_insights) as audience,
    (select count(*) from account_revisions) as revisions,
    (
        select count(*) from account_exports
        where account_exports.member <> '' and account_exports.state = 'staged'
    ) as staged,
    (
        select count(*) from account_exports
        where
            account_exports.member <> '' and account_exports.state = 'staged' and account_exports.shift_basis = 'assumed'
            and account_exports.first_label is not null
    ) as assumed,
    (select count(*) from account_questions where not account_questions.is_settled) as questions;
