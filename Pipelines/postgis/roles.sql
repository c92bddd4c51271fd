-- Who may do what in a register in PostGIS, by administrative area. Needs PostgreSQL 12 or later.
--
--     psql service=heritage --set area=north --file Pipelines/postgis/roles.sql
--
-- Run by the owner of the tables, in the schema that holds them, once they are there: after the first scan, or after
-- `sitewarden register export PG:service=heritage`. Rows that are there already become those of the area given. It may be
-- run again; nothing is granted to anybody by it. Then, for each person or machine:
--
--     CREATE ROLE ana LOGIN;
--     GRANT sitewarden_reviewer TO ana;                        -- or sitewarden_scanner, sitewarden_reader
--     INSERT INTO sitewarden_members VALUES ('ana', 'north');  -- '*' for a reader of all areas
--
-- A scanner writes runs, findings and tasks, a reviewer verdicts, a reader nothing; each sees and writes the rows of its
-- areas alone. Each area has runs, a lock and a history of its own: two offices scan, merge and review at once, and to
-- the programme the rows of one area are the register. A member of several areas names one for a session:
--
--     PGOPTIONS='-c sitewarden.area=north' sitewarden scan north.yaml --period 2026-09
--
-- Once this has been run, the owner writes only as a member of an area too. What stays the owner's is to bring the
-- tables up to date, where a newer Sitewarden asks for it: `sitewarden register upgrade --register PG:service=heritage`.

\set ON_ERROR_STOP on
\if :{?area}
\else
    \echo 'Name the area of the rows that are there: --set area=north'
    \quit
\endif

BEGIN;

DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['sitewarden_scanner', 'sitewarden_reviewer', 'sitewarden_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
    END LOOP;
END $$;

CREATE TABLE IF NOT EXISTS sitewarden_members (
    member name NOT NULL,
    area text NOT NULL CHECK (area <> ''),
    PRIMARY KEY (member, area)
);

-- The areas of whoever has logged in; what the session names can only leave out some of them.
-- By the rights of its owner, so that nobody need see who else is a member.
DO $$
BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION %1$I.sitewarden_areas() RETURNS text[]
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
            SELECT coalesce(array_agg(DISTINCT coalesce(chosen, area)), '{}')
            FROM %1$I.sitewarden_members, nullif(current_setting('sitewarden.area', true), '') AS chosen
            WHERE member = session_user AND (chosen IS NULL OR area IN (chosen, '*'))
        $body$
        $function$, current_schema());
    -- The one area that a session writes to; null where there are several, which no row may have.
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION %1$I.sitewarden_area() RETURNS text
        LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
            SELECT areas[1] FROM %1$I.sitewarden_areas() AS areas
            WHERE cardinality(areas) = 1 AND areas[1] <> '*'
        $body$
        $function$, current_schema());
END $$;

SELECT set_config('sitewarden.first_area', :'area', true) \g /dev/null

DO $$
DECLARE
    name text;
    mine CONSTANT text := '(area = ANY ((SELECT sitewarden_areas())::text[]) '
        'OR ''*'' = ANY ((SELECT sitewarden_areas())::text[]))';
BEGIN
    FOREACH name IN ARRAY ARRAY['runs', 'findings', 'tasks', 'verdicts'] LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS area text NOT NULL DEFAULT %L',
                       name, current_setting('sitewarden.first_area'));
        EXECUTE format('ALTER TABLE %I ALTER COLUMN area SET DEFAULT sitewarden_area()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS sitewarden_read ON %I', name);
        EXECUTE format('DROP POLICY IF EXISTS sitewarden_add ON %I', name);
        EXECUTE format('DROP POLICY IF EXISTS sitewarden_replace ON %I', name);
        EXECUTE format('CREATE POLICY sitewarden_read ON %I FOR SELECT USING %s', name, mine);
        EXECUTE format('CREATE POLICY sitewarden_add ON %I FOR INSERT WITH CHECK %s', name, mine);
        EXECUTE format('REVOKE ALL ON %I FROM sitewarden_scanner, sitewarden_reviewer, sitewarden_reader', name);
        EXECUTE format('GRANT SELECT ON %I TO sitewarden_scanner, sitewarden_reviewer, sitewarden_reader', name);
        IF name = 'verdicts' THEN
            -- Nobody changes or removes a verdict: a later one holds.
            EXECUTE format('GRANT INSERT ON %I TO sitewarden_reviewer', name);
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO sitewarden_reviewer',
                           pg_get_serial_sequence(quote_ident(name), 'fid'));
        ELSE
            EXECUTE format('CREATE POLICY sitewarden_replace ON %I FOR DELETE USING %s', name, mine);
            EXECUTE format('GRANT INSERT, DELETE ON %I TO sitewarden_scanner', name);
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO sitewarden_scanner',
                           pg_get_serial_sequence(quote_ident(name), 'fid'));
        END IF;
    END LOOP;
END $$;

GRANT SELECT ON sitewarden_register TO sitewarden_scanner, sitewarden_reviewer, sitewarden_reader;

COMMIT;
