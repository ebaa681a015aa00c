"""A world of shoppers that is simulated: the same seed is the same world, byte for byte."""
