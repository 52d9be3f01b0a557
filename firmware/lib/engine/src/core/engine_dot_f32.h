/* Dot products of float32 activations, four filters together so that inputs are read once. */
#ifndef ENGINE_DOT_F32_H
#define ENGINE_DOT_F32_H

#include <stddef.h>

#include "core/engine_float.h"
#include "engine_core.h"
#include "engine_flash.h"

#if ENGINE_LANES_F32 > 1
#include "core/engine_dot_f32_mve.h"
#endif

/* Where ENGINE_PIXELS_F32 is 4:
 *
 *     void engine_dot_f32_pixels(float *sums, const float *x, size_t step, const float *w,
 *                                size_t filter, size_t count)
 *         engine_dot_f32() of four filters and four windows, sums [4][4]; windows are `step`
 *         elements apart.
 *
 *     void engine_lanes_outputs_f32(float *to, const float *sums, const float *bias, float min,
 *                                   float max)
 *         Write sums [4] plus bias [4], clamped to min..max; NaN stays NaN. */

/* Add to sums [filters] of 1 or 4 filters, with lanes sums [4] of 1 to 4, the products of x [count]
 * and w [count], which is `filter` weights further on for the next filter. */
static inline __attribute__((always_inline)) void engine_dot_f32(float *sums, int filters,
                                                                 const float *x, const float *w,
                                                                 size_t filter, size_t count)
{
#if ENGINE_LANES_F32 > 1
    engine_dot_f32_lanes(sums, filters, x, w, filter, count);
    return;
#elif ENGINE_FILTERS == 4
    if (filters == 4) {
        const float *w1 = w + filter;
        const float *w2 = w1 + filter;
        const float *w3 = w2 + filter;
        float sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
#pragma GCC unroll 4
        for (; count > 0; count--) {
            const float value = *x++;
            sum0 = engine_multiply_add(value, *w++, sum0);
            sum1 = engine_multiply_add(value, *w1++, sum1);
            sum2 = engine_multiply_add(value, *w2++, sum2);
            sum3 = engine_multiply_add(value, *w3++, sum3);
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
    float sum = sums[0];
    for (; count > 0; count--) {
        sum = engine_multiply_add(*x++, engine_flash_f32(w++), sum);
    }
    sums[0] = sum;
}

#endif
