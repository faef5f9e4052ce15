"""Everything this project makes, in the formats people train on, and a reward that trainers can call."""
