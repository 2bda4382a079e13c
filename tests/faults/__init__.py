"""Attacks what must not be lost: processes are killed, disks fail, steps come at random. `python -m tests.faults`."""
