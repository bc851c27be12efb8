"""What `make bench` measures, in processes of its own, on generated texts. No test judges a time.

Machines differ and neighbours disturb: read the ratios, whose two sides alternate in one run.
"""
