-- Jobs are forgotten, those that wait as well as those that have ended.
DROP TABLE job;
