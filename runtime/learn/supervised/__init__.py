"""Networks fitted to labelled designs."""
