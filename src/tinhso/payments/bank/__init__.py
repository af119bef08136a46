"""A stand-in for a bank and a telecom operator, for the demonstration and the tests: a process of its own
(`tinhso bank serve`) with a file of its own. It shares nothing with the platform but the key of their messages; a
province sets up its real bank instead."""
