"""Perspective's wire format (Comment Analyzer v1alpha1), for clients that were written for it.

A thin translation over the local scorer: nothing here is stored, queued or decided.
"""
