"""The demo driver: a CMS that sends comments, a receiver that checks callbacks, and an accountant.

`make demo DATA=FILE` runs it against separate api, worker and notifier processes over one server.
It trusts nothing of the service's own code: it signs and verifies with PyPI `standardwebhooks`, and
judges the run by the history that it wrote down itself.
"""
