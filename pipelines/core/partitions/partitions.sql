-- Schema `partitions` of the build database: what each relation and county was made of.
--
-- `built.county_code` is empty for what stands for the relation as a whole: its columns, or all of
-- its rows where it has no county. `content` says what the rows are, `inputs` of what they were
-- made; both are only compared. `is_tested` says whether the night's tests have passed on them.
CREATE SCHEMA IF NOT EXISTS partitions;
CREATE TABLE IF NOT EXISTS partitions.built (
  relation VARCHAR, county_code VARCHAR, inputs VARCHAR, content VARCHAR, is_tested BOOLEAN);
-- How a row of a relation says its county, of relations that have one. What was filed stands in
-- files: the query that reads some of them ({files}), and the files of each county.
CREATE TABLE IF NOT EXISTS partitions.county (
  relation VARCHAR, expression VARCHAR, files_sql VARCHAR);
CREATE TABLE IF NOT EXISTS partitions.file (relation VARCHAR, county_code VARCHAR, path VARCHAR);
-- What each model reads, and whether it compares counties.
CREATE TABLE IF NOT EXISTS partitions.parent (
  relation VARCHAR, parent VARCHAR, is_across BOOLEAN);
-- The partitions that a model under way computes.
CREATE TABLE IF NOT EXISTS partitions.changed (
  relation VARCHAR, county_code VARCHAR, inputs VARCHAR, is_wanted BOOLEAN);

-- Of what a model's partitions would be made now: county_code, inputs (null: not known).
CREATE OR REPLACE MACRO partitions.wanted(model, code) AS TABLE
WITH known AS (
  SELECT parent.parent, parent.is_across, built.county_code, built.content
  FROM partitions.parent LEFT JOIN partitions.built ON built.relation = parent.parent
  WHERE parent.relation = model
), county AS (
  SELECT '' AS county_code
  UNION SELECT county_code FROM known WHERE county_code IS NOT NULL AND NOT is_across
), made_of AS (
  SELECT county.county_code, known.parent, known.county_code AS part, known.content
  FROM county
  LEFT JOIN known ON known.is_across OR coalesce(known.county_code, '') IN ('', county.county_code)
)
SELECT county_code,
  CASE WHEN count(parent) = count(content) THEN
    md5(code || coalesce(string_agg(concat_ws('|', parent, part, content), ';'
      ORDER BY parent, part), ''))
  END AS inputs
FROM made_of GROUP BY county_code;

-- The partitions of a model that its inputs no longer agree with: county_code, what they are to be
-- made of, and whether there is anything to make them of.
CREATE OR REPLACE MACRO partitions.stale(model, code) AS TABLE
WITH wanted AS (
  SELECT county_code, inputs, true AS is_wanted FROM partitions.wanted(model, code)
), built AS (
  SELECT county_code, inputs AS built_of FROM partitions.built
  WHERE relation = model AND (county_code = '' OR NOT EXISTS (
    FROM partitions.parent WHERE parent.relation = model AND is_across))
)
SELECT county_code, inputs, coalesce(is_wanted, false) AS is_wanted
FROM wanted FULL JOIN built USING (county_code)
WHERE inputs IS NULL OR inputs IS DISTINCT FROM built_of;
