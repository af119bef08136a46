"""Payments as measures may read them: figures of orders, and nobody's name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("identity", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE VIEW pub.payments AS
                SELECT o.id, o.agency, coalesce(a.unit, '') AS unit, coalesce(a.level, '') AS level, o.purpose,
                       o.amount, coalesce(m.method, '') AS method, o.state, o.asked_at, o.paid_at, o.demo
                FROM payments_order o
                LEFT JOIN identity_agency a ON a.id = o.agency
                LEFT JOIN LATERAL (
                    SELECT CASE count(DISTINCT p.method) WHEN 1 THEN min(p.method) ELSE 'mixed' END AS method
                    FROM payments_payment p
                    WHERE p.order_id = o.id AND p.outcome IN ('whole', 'partial', 'over')
                    HAVING count(*) > 0
                ) m ON true;
            COMMENT ON VIEW pub.payments IS 'What was asked and paid, and by which method, without who; for measures.';
            """,
            "DROP VIEW pub.payments",
        ),
    ]
