"""How it is answered: reads declared set-based, and changes carried out inside the Work they are given."""
