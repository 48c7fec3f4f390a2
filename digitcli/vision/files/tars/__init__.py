"""Tar archives, which may be hostile: read member by member, and never unpacked to disk."""
