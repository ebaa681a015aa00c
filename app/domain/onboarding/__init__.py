"""Registration: the paths into an account, what each asks for, and the review of it (S1-S16, S34-S37, S52, S70-S74)."""
