-- A session as people have them: a table, an index, bulk inserts, joins, sorts, a full-text search, a rollback.
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, town TEXT, age INTEGER);
CREATE TABLE letters (sender INTEGER, receiver INTEGER, words INTEGER, body TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
    INSERT INTO people SELECT i, 'name ' || i, 'town ' || (i * 7919 % 31), i % 90 FROM n;
CREATE INDEX people_town ON people (town, age);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO letters SELECT i % 1500, i * 31 % 1500, i % 200, hex(zeroblob(i % 300)) FROM n;
COMMIT;
SELECT town, count(*), avg(age), group_concat(name, '; ') FROM people GROUP BY town ORDER BY 2 DESC, 1 LIMIT 5;
SELECT p.town, sum(length(l.body)), max(l.words) FROM letters l JOIN people p ON p.id = l.sender
    GROUP BY p.town HAVING sum(l.words) > 10 ORDER BY 2 LIMIT 7;
CREATE VIRTUAL TABLE texts USING fts5 (title, body);
INSERT INTO texts SELECT name, town || ' near ' || name FROM people WHERE id < 300;
SELECT count(*) FROM texts WHERE texts MATCH 'town AND 7*';
BEGIN;
DELETE FROM letters WHERE words % 3 = 0;
UPDATE people SET name = upper(name) || '!' WHERE age > 40;
ROLLBACK;
SELECT json_group_array(json_object('id', id, 'age', age)) FROM people WHERE id < 40;
SELECT no_such_function(1);
DROP TABLE letters;
VACUUM;
SELECT count(*), sum(age), min(name) FROM people;
