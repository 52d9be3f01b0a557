/* Dot products of int16 activations and int8 weights, four filters together. */
#ifndef ENGINE_DOT_S16_H
#define ENGINE_DOT_S16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_bytes.h"
#include "core/engine_dot.h"
#include "engine_flash.h"

/* Most products, of up to 2^22 each, whose sum fits int32_t. */
#define ENGINE_CHUNK_S16 508

/* engine_dot_s16() of at most ENGINE_CHUNK_S16 taps. */
static inline __attribute__((always_inline)) void engine_dot_chunk_s16(int64_t *sums, int filters,
                                                                       const int16_t *x,
                                                                       const int8_t *w,
                                                                       size_t filter, size_t count)
{
#if ENGINE_FILTERS == 4
    if (filters == 4) {
        const int8_t *w1 = w + filter;
        const int8_t *w2 = w1 + filter;
        const int8_t *w3 = w2 + filter;
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
#if ENGINE_QUADS
        for (; count >= 4; count -= 4) {
            const engine_quad values = engine_quad_s16(x);
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
            const int32_t value = *x++;
            sum0 += value * *w++;
            sum1 += value * *w1++;
            sum2 += value * *w2++;
            sum3 += value * *w3++;
        }
        sums[0] += sum0;
        sums[1] += sum1;
        sums[2] += sum2;
        sums[3] += sum3;
        return;
    }
#endif
    (void)filters;
    (void)filter;
    int32_t sum = 0;
    for (; count > 0; count--) {
        sum += (int32_t)*x++ * engine_flash_i8(w++);
    }
    sums[0] += sum;
}

/* Add to sums [filters] of 1 or 4 filters the products of x [count] and w [count], which is
 * `filter` weights further on for the next filter. */
static inline __attribute__((always_inline)) void engine_dot_s16(int64_t *sums, int filters,
                                                                 const int16_t *x, const int8_t *w,
                                                                 size_t filter, size_t count)
{
    while (count > ENGINE_CHUNK_S16) {
        engine_dot_chunk_s16(sums, filters, x, w, filter, ENGINE_CHUNK_S16);
        x += ENGINE_CHUNK_S16;
        w += ENGINE_CHUNK_S16;
        count -= ENGINE_CHUNK_S16;
    }
    engine_dot_chunk_s16(sums, filters, x, w, filter, count);
}

#endif
