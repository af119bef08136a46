"""PostgreSQL remembers of every unit how many records a register has there (ddl/parts.py says why)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registers", "0010_import_claims")]

    operations = [
        migrations.RunSQL(
            """
            DO $$
            DECLARE found regclass;
            BEGIN
                FOR found IN
                    SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                    WHERE relnamespace = to_regnamespace('reg') AND relkind = 'r' AND attname = 'unit'
                LOOP
                    EXECUTE format('ALTER TABLE %s ALTER COLUMN unit SET STATISTICS 1000', found);
                END LOOP;
            END $$
            """,
            migrations.RunSQL.noop,
        )
    ]
