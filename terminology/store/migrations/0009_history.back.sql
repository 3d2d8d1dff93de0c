-- Servers must be started again when a replica that lagged takes over.
ALTER TABLE generation DROP COLUMN history;
