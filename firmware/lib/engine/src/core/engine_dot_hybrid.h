/* Dot products of quantised activations, less their zero point, with four filters at once. */
#ifndef ENGINE_DOT_HYBRID_H
#define ENGINE_DOT_HYBRID_H

#include <stddef.h>

#include "core/engine_bytes.h"
#include "core/engine_dsp.h"
#include "engine_flash.h"

/* Filters that are computed at once: on AVR there are no registers for more. */
#if defined(__AVR__)
#define ENGINE_FILTERS_HYBRID 1
#else
#define ENGINE_FILTERS_HYBRID 4
#endif

#if defined(ENGINE_DSP)
static inline int32_t engine_dot_4(int32_t sum, int16x2_t even, int16x2_t odd, const int8_t *w)
{
    const uint32_t taps = engine_load_4(w);
    sum = __smlad(even, __sxtb16((int8x4_t)taps), sum);
    return __smlad(odd, engine_odd_bytes(taps), sum);
}
#endif

/* Adds the products of `count` values to the sums of 1 or 4 filters, `filter` weights apart. */
static inline __attribute__((always_inline)) void engine_dot_hybrid(int32_t *sums, int filters,
                                                                    const int8_t *x, int zero_point,
                                                                    const int8_t *w, size_t filter,
                                                                    size_t count)
{
#if ENGINE_FILTERS_HYBRID == 4
    if (filters == 4) {
        const int8_t *w1 = w + filter;
        const int8_t *w2 = w1 + filter;
        const int8_t *w3 = w2 + filter;
        int32_t sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
#if defined(ENGINE_DSP)
        const int16x2_t zeros = (int16x2_t)((uint16_t)zero_point * 0x00010001u);
        for (; count >= 4; count -= 4) {
            const uint32_t values = engine_load_4(x);
            const int16x2_t even = __ssub16(__sxtb16((int8x4_t)values), zeros);
            const int16x2_t odd = __ssub16(engine_odd_bytes(values), zeros);
            sum0 = engine_dot_4(sum0, even, odd, w);
            sum1 = engine_dot_4(sum1, even, odd, w1);
            sum2 = engine_dot_4(sum2, even, odd, w2);
            sum3 = engine_dot_4(sum3, even, odd, w3);
            x += 4;
            w += 4;
            w1 += 4;
            w2 += 4;
            w3 += 4;
        }
#endif
        for (; count > 0; count--) {
            const int32_t value = *x++ - zero_point;
            sum0 += value * *w++;
            sum1 += value * *w1++;
            sum2 += value * *w2++;
            sum3 += value * *w3++;
        }
        sums[0] = sum0;
        sums[1] = sum1;
        sums[2] = sum2;
        sums[3] = sum3;
        return;
    }
#endif
    (void)filters;
    (void)filter;
    int32_t sum = sums[0];
    for (; count > 0; count--) {
        /* at most 255 * 128: an int16_t holds it */
        sum += (*x++ - zero_point) * engine_flash_i8(w++);
    }
    sums[0] = sum;
}

#endif
