/* A short cycle counter made 64 bits wide with the help of a microsecond clock: the counter gives
 * the exact cycles modulo its period, the coarse clock how often it wrapped. Right up to 71
 * minutes. */
#ifndef COUNTER_WRAP_H
#define COUNTER_WRAP_H

#include <stdint.h>

static inline uint64_t counter_unwrap_period(uint32_t cycles, uint64_t period,
                                             uint32_t microseconds, uint32_t hz)
{
    const uint64_t coarse = (uint64_t)microseconds * (hz / 1000000u);
    if (coarse <= cycles) {
        return cycles;
    }
    return cycles + ((coarse - cycles + period / 2) / period) * period;
}

/* A counter of 32 bits. */
static inline uint64_t counter_unwrap(uint32_t cycles, uint32_t microseconds, uint32_t hz)
{
    return counter_unwrap_period(cycles, UINT64_C(1) << 32, microseconds, hz);
}

#endif
