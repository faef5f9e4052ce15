"""What all stages share: the common flags, the one run loop, its bookkeeping and its ledger."""
