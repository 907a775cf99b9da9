-- Who follows, by the newest download of each kind, the largest part first; one row per kind and bucket.
-- Parameters: account text.
select
    insights.kind,
    insights.bucket,
    insights.share,
    insights.day,
    insights.member,
    insights.line
from audience_insights as insights
inner join (
    select
        newest.kind,
        max(newest.day) as day
    from audience_insights as newest
    where newest.account = %(account)s::text and newest.hour = -1
    group by newest.kind
) as last_of on insights.kind = last_of.kind and insights.day = last_of.day
where insights.account = %(account)s::text and insights.hour = -1 and insights.share is not null
order by insights.kind, insights.share desc, insights.bucket;
