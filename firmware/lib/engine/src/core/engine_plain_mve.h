/* Dense int8 layers with vectors, weights in the order of the file. See engine_dot.h.
 *
 * The loops are predicated by DLSTP and LETP: the last turn loads and multiplies the taps that are
 * left. They are assembly, as the compiler would neither load and step at once nor find the even
 * registers that VMLADAVA adds to. */
#ifndef ENGINE_PLAIN_MVE_H
#define ENGINE_PLAIN_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_dot_mve.h"
#include "engine_core.h"

#define engine_plain_sum engine_plain_sum
static inline int32_t engine_plain_sum(const int8_t *x, const int8_t *w, size_t taps)
{
    int32_t sum = 0;
    register size_t left __asm__("lr") = taps;
    __asm__ volatile("dlstp.8 lr, lr\n\t"
                     "1:\n\t"
                     "vldrb.8 q0, [%[x]], #16\n\t"
                     "vldrb.8 q1, [%[w]], #16\n\t"
                     "vmladava.s8 %[sum], q0, q1\n\t"
                     "letp lr, 1b\n\t"
                     : [sum] "+Te"(sum), [x] "+r"(x), [w] "+r"(w), "+r"(left)
                     :
                     : "q0", "q1", "memory");
    return sum;
}

/* Return the sums of four filters over one window. */
static inline int32x4_t engine_plain_sums(const int8_t *x, const int8_t *w0, size_t taps)
{
    const int8_t *w1 = w0 + taps;
    const int8_t *w2 = w1 + taps;
    const int8_t *w3 = w2 + taps;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    int32x4_t sums = vuninitializedq_s32();
    register size_t left __asm__("lr") = taps;
    __asm__ volatile("dlstp.8 lr, lr\n\t"
                     "1:\n\t"
                     "vldrb.8 q0, [%[x]], #16\n\t"
                     "vldrb.8 q1, [%[w0]], #16\n\t"
                     "vmladava.s8 %[sum0], q0, q1\n\t"
                     "vldrb.8 q2, [%[w1]], #16\n\t"
                     "vmladava.s8 %[sum1], q0, q2\n\t"
                     "vldrb.8 q3, [%[w2]], #16\n\t"
                     "vmladava.s8 %[sum2], q0, q3\n\t"
                     "vldrb.8 q1, [%[w3]], #16\n\t"
                     "vmladava.s8 %[sum3], q0, q1\n\t"
                     "letp lr, 1b\n\t"
                     "vmov %q[sums][2], %q[sums][0], %[sum0], %[sum2]\n\t"
                     "vmov %q[sums][3], %q[sums][1], %[sum1], %[sum3]\n\t"
                     : [sums] "+w"(sums), [sum0] "+Te"(sum0), [sum1] "+Te"(sum1),
                       [sum2] "+Te"(sum2), [sum3] "+Te"(sum3), [x] "+r"(x), [w0] "+r"(w0),
                       [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), "+r"(left)
                     :
                     : "q0", "q1", "q2", "q3", "memory");
    return sums;
}

static inline void engine_plain_outputs(int8_t *to, const engine_plain *f, const int8_t *windows,
                                        int pixels, const int8_t *weights, const int32_t *bias,
                                        const engine_rescale *r)
{
    int32x4_t best = engine_plain_sums(windows, weights, f->taps);
    while (--pixels > 0) {
        windows += f->taps;
        best = vmaxq_s32(best, engine_plain_sums(windows, weights, f->taps));
    }
    vstrbq_s32(to, engine_outputs_4(vaddq_s32(best, vldrwq_s32(bias)), vldrwq_s32(r->multipliers),
                                    vldrbq_s32(r->shifts), r->offset, r->min, r->max));
}

/* Two filters, w and the second after it, and three windows, x and those after it: a load of
 * weights serves three windows, one of inputs two filters. Sums go to two lanes of a vector for
 * each window. */
#define ENGINE_PLAIN_TWO(v0, v1, v2, x, w, taps, bias, first_lane, second_lane)                    \
    do {                                                                                           \
        const int8_t *x0 = (x), *x1 = x0 + (taps), *x2 = x1 + (taps);                              \
        const int8_t *w0 = (w), *w1 = w0 + 2 * (taps);                                             \
        int32_t a0 = (bias)[0], a1 = a0, a2 = a0;                                                  \
        int32_t b0 = (bias)[2], b1 = b0, b2 = b0;                                                  \
        register size_t left_taps __asm__("lr") = (taps);                                          \
        __asm__ volatile(                                                                          \
            "dlstp.8 lr, lr\n\t"                                                                   \
            "1:\n\t"                                                                               \
            "vldrb.8 q0, [%[w0]], #16\n\t"                                                         \
            "vldrb.8 q1, [%[x0]], #16\n\t"                                                         \
            "vmladava.s8 %[a0], q0, q1\n\t"                                                        \
            "vldrb.8 q2, [%[x1]], #16\n\t"                                                         \
            "vmladava.s8 %[a1], q0, q2\n\t"                                                        \
            "vldrb.8 q3, [%[x2]], #16\n\t"                                                         \
            "vmladava.s8 %[a2], q0, q3\n\t"                                                        \
            "vldrb.8 q0, [%[w1]], #16\n\t"                                                         \
            "vmladava.s8 %[b0], q0, q1\n\t"                                                        \
            "vmladava.s8 %[b1], q0, q2\n\t"                                                        \
            "vmladava.s8 %[b2], q0, q3\n\t"                                                        \
            "letp lr, 1b\n\t"                                                                      \
            "vmov %q[s0][" second_lane "], %q[s0][" first_lane "], %[a0], %[b0]\n\t"               \
            "vmov %q[s1][" second_lane "], %q[s1][" first_lane "], %[a1], %[b1]\n\t"               \
            "vmov %q[s2][" second_lane "], %q[s2][" first_lane "], %[a2], %[b2]\n\t"               \
            : [s0] "+w"(v0), [s1] "+w"(v1), [s2] "+w"(v2), [a0] "+Te"(a0), [a1] "+Te"(a1),         \
              [a2] "+Te"(a2), [b0] "+Te"(b0), [b1] "+Te"(b1), [b2] "+Te"(b2), [x0] "+r"(x0),       \
              [x1] "+r"(x1), [x2] "+r"(x2), [w0] "+r"(w0), [w1] "+r"(w1), "+r"(left_taps)          \
            :                                                                                      \
            : "q0", "q1", "q2", "q3", "memory");                                                   \
    } while (0)

static inline int32x4_t engine_saturated_4(int32x4_t x)
{
    const int16x8_t halves = vqmovnbq_s32(vuninitializedq_s16(), x);
    return (int32x4_t)vqmovnbq_s16(vuninitializedq_s8(), halves);
}

static inline void engine_plain_blocks(int8_t *to, const engine_plain *f, const int8_t *windows)
{
    const size_t taps = f->taps;
    const size_t count = f->count;
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    engine_rescale r = f->rescale;
    for (size_t left = count / ENGINE_PLAIN_FILTERS; left > 0; left--) {
        int32x4_t v0 = vuninitializedq_s32();
        int32x4_t v1 = vuninitializedq_s32();
        int32x4_t v2 = vuninitializedq_s32();
        ENGINE_PLAIN_TWO(v0, v1, v2, windows, weights, taps, bias, "0", "2");
        ENGINE_PLAIN_TWO(v0, v1, v2, windows, weights + taps, taps, bias + 1, "1", "3");
        const int32x4_t multipliers = vldrwq_s32(r.multipliers);
        const int32x4_t shifts = vldrbq_s32(r.shifts);
        if (engine_shifts_down(r.shifts)) {
            v0 = engine_scale_down_4(v0, multipliers, shifts);
            v1 = engine_scale_down_4(v1, multipliers, shifts);
            v2 = engine_scale_down_4(v2, multipliers, shifts);
        } else {
            v0 = engine_requantize_4(v0, multipliers, shifts);
            v1 = engine_requantize_4(v1, multipliers, shifts);
            v2 = engine_requantize_4(v2, multipliers, shifts);
        }
        vstrbq_s32(to, engine_saturated_4(vaddq_n_s32(v0, r.offset)));
        vstrbq_s32(to + count, engine_saturated_4(vaddq_n_s32(v1, r.offset)));
        vstrbq_s32(to + 2 * count, engine_saturated_4(vaddq_n_s32(v2, r.offset)));
        to += ENGINE_PLAIN_FILTERS;
        weights += ENGINE_PLAIN_FILTERS * taps;
        bias += ENGINE_PLAIN_FILTERS;
        r.multipliers += ENGINE_PLAIN_FILTERS * r.step;
        r.shifts += ENGINE_PLAIN_FILTERS * r.step;
    }
}

#endif
