"""How a machine comes to trust the centre's own certificate authority."""
