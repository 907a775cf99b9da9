-- Erasure deletes from a table without a key: where all tables are published, it has to say which rows those were.

alter table adopted_leftovers replica identity full;
