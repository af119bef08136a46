"""The schema of code lists, and the trigger that keeps a field of several codes to its list (ddl/codes.py)."""

from django.db import migrations

CODES = """
CREATE SCHEMA IF NOT EXISTS codes;
CREATE FUNCTION registers_known_codes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    EXECUTE format(
        'SELECT min(given) FROM unnest(($1).%I) given WHERE NOT EXISTS (SELECT FROM codes.%I WHERE code = given)',
        TG_ARGV[0], TG_ARGV[1]
    ) INTO wrong USING NEW;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the list % has no code %', TG_ARGV[1], wrong
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME,
                SCHEMA = TG_TABLE_SCHEMA, COLUMN = TG_ARGV[0];
    END IF;
    RETURN NULL;
END $$;
"""
UNDO = "DROP FUNCTION registers_known_codes() CASCADE; DROP SCHEMA codes CASCADE"


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial")]
    operations = [migrations.RunSQL(CODES, UNDO)]
