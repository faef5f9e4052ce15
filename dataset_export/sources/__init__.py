"""One kind of input a file: how its records are told apart, and what they say in neutral words."""
