"""A stand-in for the national ID (VNeID), for the demonstration and the tests: a process of its own that speaks
OpenID Connect. It knows people of the demonstration only; a province configures the real provider instead."""
