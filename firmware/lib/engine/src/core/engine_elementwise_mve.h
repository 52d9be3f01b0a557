/* Elementwise int8 operators with vectors. See engine_dot.h. */
#ifndef ENGINE_ELEMENTWISE_MVE_H
#define ENGINE_ELEMENTWISE_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

#include "engine_kernels_s8.h"

/* engine_requantize() of four values with one multiplier and one shift, below 0. */
static inline int32x4_t engine_scale_down_all(int32x4_t x, int32_t multiplier, int32_t shift)
{
    const int32x4_t q = vqrdmulhq_n_s32(x, multiplier);
    return vrshlq_n_s32(vaddq_s32(q, vshrq_n_s32(q, 31)), shift);
}

#define engine_add_elements engine_add_elements
static inline size_t engine_add_elements(int8_t *to, const engine_add_s8_params *params,
                                         const int8_t *x1, const int8_t *x2)
{
    const engine_add_s8_params p = *params; /* outputs may alias *params */
    if (p.shift >= 0 || p.output_shift >= 0) {
        return 0;
    }
    const int32x4_t min = vdupq_n_s32(p.activation_min);
    const int32x4_t max = vdupq_n_s32(p.activation_max);
    const size_t count = p.count / 4 * 4;
    for (const int8_t *const end = to + count; to != end; to += 4) {
        int32x4_t sum = vaddq_n_s32(vldrbq_s32(x1), p.offset1);
        int32x4_t other = vaddq_n_s32(vldrbq_s32(x2), p.offset2);
        sum = vshlq_n_s32(sum, ENGINE_HEADROOM_S8 - 1);
        other = vshlq_n_s32(other, ENGINE_HEADROOM_S8);
        sum = vaddq_s32(sum, engine_scale_down_all(other, p.multiplier, p.shift));
        sum = engine_scale_down_all(sum, p.output_multiplier, p.output_shift);
        sum = vaddq_n_s32(sum, p.output_offset);
        vstrbq_s32(to, vminq_s32(vmaxq_s32(sum, min), max));
        x1 += 4;
        x2 += 4;
    }
    return count;
}

#endif
