"""Field types: one vocabulary for registers, forms, reports and sensors (DESIGN §3)."""
