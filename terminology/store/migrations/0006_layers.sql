-- A version may lie over another one: what it does not have itself is read from `base`, which stays as long as it is named.
ALTER TABLE code_system_version ADD COLUMN base $BIGINT;
