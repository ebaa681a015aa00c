"""The benchmark: requests a second of Endcap beside the limit of its database and beside other servers (README.md)."""
