"""Brand Pages: what they hold, how they live, where they are found."""
