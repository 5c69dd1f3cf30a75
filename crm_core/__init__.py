"""Cases, citizens, institutions and services: their rules, their storage, and the journal that reaches it."""
