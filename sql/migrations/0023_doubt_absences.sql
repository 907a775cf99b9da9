-- Who is said to be gone together with everybody else is not believed on that day: they count as failed, and are asked again.
-- On another day the same is believed.

alter table roll_call_misses add column is_doubted boolean not null default false;
comment on column roll_call_misses.is_doubted is
'Answered gone or hidden in a crowd and was not believed: a failure of the day, and no miss of the creator';
