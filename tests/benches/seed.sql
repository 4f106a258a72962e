-- An organisation of four levels with one approver at each, and applicants with tokens.
-- Ids are numbers, so that the client knows them without asking.
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql AS
    $$ SELECT (kind || '00000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.token(kind text, n bigint) RETURNS bytea LANGUAGE sql AS
    $$ SELECT sha256(('banjie_' || kind || '_' || n)::bytea) $$;

INSERT INTO unit (id, level, division, office, seat_id, parent_id, name_zh, name_en, from_on)
SELECT pg_temp.id('001', n), level, division, office, pg_temp.id('001', seat), pg_temp.id('001', parent), office, office, '2018-01-01'
FROM (VALUES
    (1, 'region', '640000', 'government', 1, NULL),
    (2, 'region', '640000', 'education', 1, 1),
    (3, 'region', '640000', 'supervision', 1, 1),
    (4, 'city', '640400', 'government', 4, 1),
    (5, 'city', '640400', 'education', 4, 4),
    (6, 'county', '640424', 'government', 6, 4),
    (7, 'county', '640424', 'education', 6, 6),
    (8, 'school', '640424', 'school', 8, 6),
    (9, 'school', '640424', 'aid_office', 8, 8)
) AS place (n, level, division, office, seat, parent);

INSERT INTO person (id, name, school_id, class, created_at, version)
SELECT pg_temp.id('002', n), 'Person ' || n, pg_temp.id('001', 8), '1', now(), 1
FROM generate_series(1, 20004) AS n;

-- 1 to 4: the approvers, from the school up.
INSERT INTO account (id, kind, login, person_id, language, created_at)
SELECT pg_temp.id('003', n), 'staff', 'staff' || n, pg_temp.id('002', n), 'zh-CN', now()
FROM generate_series(1, 4) AS n;
INSERT INTO appointment (id, person_id, unit_id, duty, from_at)
SELECT pg_temp.id('004', n), pg_temp.id('002', n), pg_temp.id('001', unit), 'handler', '2018-01-01'
FROM (VALUES (1, 9), (2, 7), (3, 5), (4, 2)) AS held (n, unit);

INSERT INTO account (id, kind, language, created_at)
SELECT pg_temp.id('003', n), 'applicant', 'zh-CN', now() FROM generate_series(5, 20004) AS n;
INSERT INTO acts_for (id, account_id, person_id, basis, from_at)
SELECT pg_temp.id('005', n), pg_temp.id('003', n), pg_temp.id('002', n), 'oneself', '2018-01-01'
FROM generate_series(5, 20004) AS n;

INSERT INTO bearer_token (id, token_hash, account_id, name, created_at)
SELECT pg_temp.id('006', n), pg_temp.token('bench', n), pg_temp.id('003', n), 'bench', now()
FROM generate_series(1, 20004) AS n;
ANALYZE;
