"""How the outside world is reached: each adapter fulfils a port of the rules."""
