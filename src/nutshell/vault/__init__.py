"""The vault keeps: keyslots, shelves, sealed records and fields, and the key store behind them."""
