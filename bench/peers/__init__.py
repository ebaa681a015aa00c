"""The same operations served by other people's libraries; see README.md."""
