"""The append-only trail: who opened, took or ended what, in a Merkle tree with signed checkpoints outside."""
