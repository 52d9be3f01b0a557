/* Depthwise int8 layers with vectors. See engine_dot.h. */
#ifndef ENGINE_DEPTHWISE_MVE_H
#define ENGINE_DEPTHWISE_MVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_depthwise.h"
#include "core/engine_dot_mve.h"
#include "core/engine_rescale.h"

/* Even and odd channels have sums of their own, as products of 16 bits take 32. */
#define engine_channel_outputs engine_channel_outputs
static inline void engine_channel_outputs(int8_t *to, const engine_channel_taps *t, const int8_t *x,
                                          const int8_t *w, const int32_t *bias,
                                          const engine_rescale *r)
{
    const int32x4x2_t first = vld2q_s32(bias);
    int32x4_t even = first.val[0];
    int32x4_t odd = first.val[1];
    const int16_t offset = (int16_t)t->offset;
    for (int row = t->rows; row > 0; row--) {
        for (int i = t->columns; i > 0; i--) {
            const int16x8_t inputs = vaddq_n_s16(vldrbq_s16(x), offset);
            const int16x8_t weights = vldrbq_s16(w);
            even = vaddq_s32(even, vmullbq_int_s16(inputs, weights));
            odd = vaddq_s32(odd, vmulltq_int_s16(inputs, weights));
            x += t->x_tap;
            w += t->w_tap;
        }
        x += t->x_skip;
        w += t->w_skip;
    }
    const int32x4x2_t multipliers = vld2q_s32(r->multipliers);
    const int16x8_t shifts = vldrbq_s16(r->shifts);
    even =
        engine_outputs_4(even, multipliers.val[0], vmovlbq_s16(shifts), r->offset, r->min, r->max);
    odd = engine_outputs_4(odd, multipliers.val[1], vmovltq_s16(shifts), r->offset, r->min, r->max);
    vstrbq_s16(to, vmovntq_s32(vmovnbq_s32(vdupq_n_s16(0), even), odd));
}

#endif
