"""What strawberry_plain.py and ariadne_plain.py share: ORM models, batch functions, ids and figures."""
