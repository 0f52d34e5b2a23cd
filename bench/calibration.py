"""How fast the machine is right now: a fixed loop of pure Python and AES-GCM, in CPU seconds of this process.

The same machine differs by a factor of two from minute to minute: compare ratios to this loop, not seconds.
"""

import os
import time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ROUNDS = 400_000
_BLOCK = bytes(8192)


def calibrate() -> float:
    """CPU seconds of the loop; about 0.12 on an idle machine of 2024."""
    cipher, begun = AESGCM(bytes(32)), time.process_time()
    total = 0
    for number in range(_ROUNDS):
        total += len(str(number * number)) % 7
        if number % 10 == 0:
            cipher.encrypt(number.to_bytes(12, "big"), _BLOCK, None)
    return time.process_time() - begun


def load_average() -> str:
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
