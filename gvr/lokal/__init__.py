"""The house: an environment, servers and processes on one machine, without Django."""
