-- Closure tables of clients (`$closure`): concepts, and how they relate. `since` is the version of the table that brought
-- a row; `touched` is in seconds since 1970.
CREATE TABLE closure_table (
  name $TEXT PRIMARY KEY,
  version $BIGINT NOT NULL,
  touched $DOUBLE NOT NULL
);

CREATE TABLE closure_concept (
  name $TEXT NOT NULL,
  number $BIGINT NOT NULL,
  since $BIGINT NOT NULL,
  system TEXT NOT NULL,
  system_version TEXT NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (name, number)
);

CREATE TABLE closure_relation (
  name $TEXT NOT NULL,
  number $BIGINT NOT NULL,
  since $BIGINT NOT NULL,
  narrower $BIGINT NOT NULL,
  broader $BIGINT NOT NULL,
  equivalent $BOOLEAN NOT NULL,
  PRIMARY KEY (name, number)
);
