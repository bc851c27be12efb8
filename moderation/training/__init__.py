"""Training the compact model from labelled comments; needs the `train` extra and torch."""
