-- Closure tables are deleted: clients begin them anew.
DROP TABLE closure_relation;

DROP TABLE closure_concept;

DROP TABLE closure_table;
