/* Depthwise int8 layers with vectors. See engine_dot.h.
 *
 * Lanes are channels. Even and odd ones have sums of their own, as products of 16 bits take 32. */
#ifndef ENGINE_DEPTHWISE_MVE_H
#define ENGINE_DEPTHWISE_MVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_depthwise.h"
#include "core/engine_dot_mve.h"
#include "core/engine_rescale.h"
#include "engine_core.h"

/* One tap of the eight channels that are `at` bytes behind x and w. The loops are assembly, as the
 * compiler spills vectors. */
#define ENGINE_ADD_TAP(at, even, odd)                                                              \
    "vldrb.s16 q0, [%[x], #" at "]\n\t"                                                            \
    "vldrb.s16 q1, [%[w], #" at "]\n\t"                                                            \
    "vadd.i16 q0, q0, %[offset]\n\t"                                                               \
    "vmullb.s16 q2, q0, q1\n\t"                                                                    \
    "vadd.i32 %q[" even "], %q[" even "], q2\n\t"                                                  \
    "vmullt.s16 q3, q0, q1\n\t"                                                                    \
    "vadd.i32 %q[" odd "], %q[" odd "], q3\n\t"
#define ENGINE_NEXT_TAP                                                                            \
    "add %[x], %[x_tap]\n\t"                                                                       \
    "add %[w], %[w_tap]\n\t"                                                                       \
    "le lr, 1b\n\t"

/* Write the outputs of eight channels. */
static inline __attribute__((always_inline)) void
engine_channel_lanes(int8_t *to, int32x4_t even, int32x4_t odd, const engine_rescale *r, size_t at)
{
    const int32x4x2_t multipliers = vld2q_s32(r->multipliers + at);
    const int8_t *const places = r->shifts + at;
    const int16x8_t shifts = vldrbq_s16(places);
    if (engine_shifts_down(places) && engine_shifts_down(places + 4)) {
        even = engine_scale_down_4(even, multipliers.val[0], vmovlbq_s16(shifts));
        odd = engine_scale_down_4(odd, multipliers.val[1], vmovltq_s16(shifts));
    } else {
        even = engine_requantize_4(even, multipliers.val[0], vmovlbq_s16(shifts));
        odd = engine_requantize_4(odd, multipliers.val[1], vmovltq_s16(shifts));
    }
    int16x8_t both = vqmovntq_s32(vqmovnbq_s32((int16x8_t)even, even), odd);
    both = vqaddq_n_s16(both, (int16_t)r->offset);
    both = vmaxq_s16(both, vdupq_n_s16((int16_t)r->min));
    vstrbq_s16(to + at, vminq_s16(both, vdupq_n_s16((int16_t)r->max)));
}

#define engine_channels_outputs engine_channels_outputs
static inline void engine_channels_outputs(int8_t *to, const engine_channel_taps *t,
                                           const int8_t *x, const int8_t *w, const int32_t *bias,
                                           const engine_rescale *rescale, size_t channels)
{
    const engine_channel_taps taps = *t; /* outputs may alias both */
    const engine_rescale r = *rescale;
    size_t c = 0;
    for (; c + 2 * ENGINE_CHANNELS <= channels; c += 2 * ENGINE_CHANNELS) {
        const int8_t *xr = x + c;
        const int8_t *wr = w + c;
        const int32x4x2_t first = vld2q_s32(bias + c);
        const int32x4x2_t second = vld2q_s32(bias + c + ENGINE_CHANNELS);
        int32x4_t even0 = first.val[0], odd0 = first.val[1];
        int32x4_t even1 = second.val[0], odd1 = second.val[1];
        for (int row = taps.rows; row > 0; row--) {
            register size_t left __asm__("lr") = (size_t)taps.columns;
            __asm__ volatile(
                "1:\n\t" ENGINE_ADD_TAP("0", "even0", "odd0") ENGINE_ADD_TAP("8", "even1", "odd1")
                    ENGINE_NEXT_TAP
                : [even0] "+w"(even0), [odd0] "+w"(odd0), [even1] "+w"(even1), [odd1] "+w"(odd1),
                  [x] "+r"(xr), [w] "+r"(wr), "+r"(left)
                : [x_tap] "r"(taps.x_tap), [w_tap] "r"(taps.w_tap), [offset] "r"(taps.offset)
                : "q0", "q1", "q2", "q3", "memory");
            xr += taps.x_skip;
            wr += taps.w_skip;
        }
        engine_channel_lanes(to, even0, odd0, &r, c);
        engine_channel_lanes(to, even1, odd1, &r, c + ENGINE_CHANNELS);
    }
    if (c < channels) {
        const int8_t *xr = x + c;
        const int8_t *wr = w + c;
        const int32x4x2_t first = vld2q_s32(bias + c);
        int32x4_t even0 = first.val[0], odd0 = first.val[1];
        for (int row = taps.rows; row > 0; row--) {
            register size_t left __asm__("lr") = (size_t)taps.columns;
            __asm__ volatile(
                "1:\n\t" ENGINE_ADD_TAP("0", "even0", "odd0") ENGINE_NEXT_TAP
                : [even0] "+w"(even0), [odd0] "+w"(odd0), [x] "+r"(xr), [w] "+r"(wr), "+r"(left)
                : [x_tap] "r"(taps.x_tap), [w_tap] "r"(taps.w_tap), [offset] "r"(taps.offset)
                : "q0", "q1", "q2", "q3", "memory");
            xr += taps.x_skip;
            wr += taps.w_skip;
        }
        engine_channel_lanes(to, even0, odd0, &r, c);
    }
}

#endif
