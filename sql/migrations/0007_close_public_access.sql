-- Supabase serves tables of the public schema to anyone who holds the project's public key: not these.

do $$
declare
    role_name text;
    table_name text;
begin
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        foreach table_name in array array[
            'creators', 'creator_stats', 'daily_trends', 'handle_history', 'verdicts', 'runs', 'run_tasks',
            'roll_call_batches', 'roll_call_misses', 'api_calls', 'api_spend', 'rate_limits', 'adopted_leftovers',
            'creator_stats_default', 'api_calls_default', 'schema_migrations'
        ] loop
            execute format('revoke all on table %I from %I', table_name, role_name);
        end loop;
    end loop;
end $$;
