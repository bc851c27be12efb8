"""Long proofs of what is promised, by `make proofs`: too slow for every test run.

Real processes under real traffic, judged by the acceptance driver's checker. A proof breaks things
from outside only: it kills, cuts, fills and waits, and never reaches into the service.
"""
