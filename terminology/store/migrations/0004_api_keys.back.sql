-- API keys are deleted.
DROP TABLE api_key;
