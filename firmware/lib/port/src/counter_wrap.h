/* A 32-bit cycle counter made 64 bits wide with the help of micros(): the counter gives the exact
 * low 32 bits, the coarse clock how often they wrapped. Right up to 71 minutes. */
#ifndef COUNTER_WRAP_H
#define COUNTER_WRAP_H

#include <stdint.h>

static inline uint64_t counter_unwrap(uint32_t cycles, uint32_t microseconds, uint32_t hz)
{
    const uint64_t wrap = UINT64_C(1) << 32;
    const uint64_t coarse = (uint64_t)microseconds * (hz / 1000000u);
    if (coarse <= cycles) {
        return cycles;
    }
    return cycles + ((coarse - cycles + wrap / 2) / wrap) * wrap;
}

#endif
