-- One row per run: its refusals in a row, begun anew by an answer that is none; at `most` it opens, and stays open.
-- Parameters: run_id text, is_refusal boolean, most integer.
insert into research_breakers as breakers (run_id, refused_in_a_row, opened_at)
values (
    %(run_id)s::text,
    %(is_refusal)s::boolean::integer,
    case when %(is_refusal)s::boolean and %(most)s::integer <= 1 then now() end
)
on conflict (run_id) do update
    set
        refused_in_a_row = case
            when breakers.opened_at is not null then breakers.refused_in_a_row
            when %(is_refusal)s::boolean then breakers.refused_in_a_row + 1
            else 0
        end,
        opened_at = case
            when breakers.opened_at is not null then breakers.opened_at
            when %(is_refusal)s::boolean and breakers.refused_in_a_row + 1 >= %(most)s::integer then now()
        end,
        updated_at = now()
returning breakers.refused_in_a_row, breakers.opened_at;
