/* Dot products of quantised activations, less their zero point, four filters together. */
#ifndef ENGINE_DOT_HYBRID_H
#define ENGINE_DOT_HYBRID_H

#include <stddef.h>

#include "core/engine_bytes.h"
#include "core/engine_dot.h"
#include "engine_flash.h"

/* Add to sums [filters] of 1 or 4 filters the products of x [count], less zero_point, and w
 * [count], which is `filter` weights further on for the next filter. */
static inline __attribute__((always_inline)) void engine_dot_hybrid(int32_t *sums, int filters,
                                                                    const int8_t *x, int zero_point,
                                                                    const int8_t *w, size_t filter,
                                                                    size_t count)
{
#if ENGINE_FILTERS == 4
    if (filters == 4) {
        const int8_t *w1 = w + filter;
        const int8_t *w2 = w1 + filter;
        const int8_t *w3 = w2 + filter;
        int32_t sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
#if ENGINE_QUADS
        const engine_pair zeros = ENGINE_PAIR(zero_point);
        for (; count >= 4; count -= 4) {
            const engine_quad values = engine_quad_s8_less(x, zeros);
            sum0 = engine_dot_quad(sum0, values, w);
            sum1 = engine_dot_quad(sum1, values, w1);
            sum2 = engine_dot_quad(sum2, values, w2);
            sum3 = engine_dot_quad(sum3, values, w3);
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
        /* magnitude at most 255 * 128: fits int16_t */
        sum += (*x++ - zero_point) * engine_flash_i8(w++);
    }
    sums[0] = sum;
}

#endif
