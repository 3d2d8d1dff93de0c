-- What clients have left at the server for a time ($cache-control) is forgotten.
DROP TABLE travelling_body;

DROP TABLE travelling_member;

DROP TABLE travelling_cache;
