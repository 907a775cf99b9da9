-- Whom the team did not say no to, unless those are wanted too; in a `where` about `ranked`. Parameters: with_dismissed bool
-- (also whom the team said no to).

-- One object, as where somebody is refused.
and (
    %(with_dismissed)s::boolean
    or (
        (select jsonb_object_agg(kept.user_id, null) from shortlist as kept where kept.status = 'no') ? ranked.user_id
    ) is not true
)
