-- The present moment, as the database has it; one row.
select date_trunc('milliseconds', clock_timestamp()) as now;
