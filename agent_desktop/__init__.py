"""The staff's web application: agents at their desk, supervisors at the floor, cases and recordings.

Server-rendered pages (aiohttp, jinja2, htmx) with server-sent events; JavaScript for the telephone alone. One folder
per capability, each with `routes.py` and its `templates/`; texts are in `texts/`, Spanish first.
"""
