-- The rows of datasets and what inputs show beside text, each kept once however often it is asked about.

CREATE TABLE samples (row_hash VARCHAR, sample_id VARCHAR, fields JSON);
COMMENT ON TABLE samples IS 'Rows of datasets that were asked about, each stored once (responses.row_hash refers to them)';
COMMENT ON COLUMN samples.row_hash IS 'Hash of sample_id and fields, 32 hex digits';
COMMENT ON COLUMN samples.sample_id IS 'Stable name of the sample in its dataset';
COMMENT ON COLUMN samples.fields IS 'The whole row as a JSON object; bytes are represented by hash and length';

CREATE TABLE media (sha256 VARCHAR, media_type VARCHAR, name VARCHAR, data BLOB);
COMMENT ON TABLE media IS 'Images, audio and files that messages contained, each stored once';
COMMENT ON COLUMN media.sha256 IS 'SHA-256 of data, 64 hex digits';
COMMENT ON COLUMN media.media_type IS 'Media type as in RFC 6838 (image/png)';
COMMENT ON COLUMN media.name IS 'Name of the file that it was first read from, or NULL';
COMMENT ON COLUMN media.data IS 'The bytes';
