"""One module a way of running: `embedded` (one machine, `make run`), `server`, `national_id`."""
