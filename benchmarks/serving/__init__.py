"""A server under load: its process, what it is asked, who asks, and what is measured."""
