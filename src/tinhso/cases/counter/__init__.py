"""What the one-stop counter is made of: its tables and its pack vocabulary. Its verbs are in `services/counter`, its
reads in `queries/counter`."""
