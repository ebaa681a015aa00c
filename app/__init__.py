"""Endcap: advertising for a retailer and the brands that sell there."""
