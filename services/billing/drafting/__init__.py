"""Drafts while they are being written: what they come to, and how they are saved."""
