/* 8-bit AVR: one window at a time, its taps as bytes, weights read by LPM. See engine_dot.h. */
#ifndef ENGINE_DOT_AVR_H
#define ENGINE_DOT_AVR_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "engine_core.h"

#define engine_load_taps engine_load_taps
static inline engine_tap *engine_load_taps(engine_tap *to, size_t step, size_t count,
                                           const int8_t *x, size_t first, size_t last, int8_t pad)
{
    (void)step;
    const engine_tap *end = to + count;
    size_t left = last - first;
    for (; first > 0; first--) {
        *to++ = pad;
    }
    for (; left > 0; left--) {
        *to++ = *x++;
    }
    while (to != end) {
        *to++ = pad;
    }
    return to;
}

#define engine_load_runs engine_load_runs
static inline engine_tap *engine_load_runs(engine_tap *to, const int8_t *x, ptrdiff_t second,
                                           size_t taps)
{
    (void)second;
    return engine_load_taps(to, 0, engine_stored_taps(taps), x, 0, taps, 0);
}

/* One multiplication of a tap and the next weight, onto 24 bits: the sum of a buffer fits. */
#define ENGINE_TAP(tap, sum)                                                                       \
    "lpm %[weight], Z+\n\t"                                                                        \
    "muls %[" tap "], %[weight]\n\t"                                                               \
    "add %A[" sum "], r0\n\t"                                                                      \
    "adc %B[" sum "], r1\n\t"                                                                      \
    "adc %C[" sum "], %[zero]\n\t"                                                                 \
    "sbrc r1, 7\n\t"                                                                               \
    "dec %C[" sum "]\n\t"

#define ENGINE_TAPS(tap, next)                                                                     \
    ENGINE_TAP(tap, "sum0")                                                                        \
    ENGINE_TAP(tap, "sum1")                                                                        \
    ENGINE_TAP(next, "sum0")                                                                       \
    ENGINE_TAP(next, "sum1")                                                                       \
    "add r30, %[skip]\n\t"                                                                         \
    "adc r31, %[zero]\n\t"

#define engine_dot_pair engine_dot_pair
static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    __int24 sum0 = 0;
    __int24 sum1 = 0;
    uint8_t left = (uint8_t)groups;
    int8_t tap0, tap1, tap2, tap3, weight;
    (void)step;
    __asm__ volatile("1:\n\t"
                     "ld %[tap0], X+\n\t"
                     "ld %[tap1], X+\n\t"
                     "ld %[tap2], X+\n\t"
                     "ld %[tap3], X+\n\t" ENGINE_TAPS("tap0", "tap2")
                         ENGINE_TAPS("tap1", "tap3") "dec %[left]\n\t"
                                                     "breq 2f\n\t"
                                                     "rjmp 1b\n\t"
                                                     "2:\n\t"
                                                     "clr __zero_reg__\n\t"
                     : [sum0] "+r"(sum0), [sum1] "+r"(sum1), "+x"(x),
                       "+z"(weights), [left] "+r"(left), [tap0] "=&d"(tap0), [tap1] "=&d"(tap1),
                       [tap2] "=&d"(tap2), [tap3] "=&d"(tap3), [weight] "=&d"(weight)
                     : [skip] "r"((uint8_t)(stride / 2 - ENGINE_GROUP)), [zero] "r"((uint8_t)0)
                     : "r0", "memory");
    sums[0] += sum0;
    sums[1] += sum1;
}

#endif
