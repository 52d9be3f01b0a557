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

/* Sums of two filters, those at w0 and w1, and of three windows, those at x0, x1 and x2: a load of
 * weights serves three windows, one of inputs two filters. They go to two lanes of a vector for
 * each window. */
#define ENGINE_PLAIN_TWO(lane, second_lane)                                                        \
    "mov %[a0], #0\n\t"                                                                            \
    "mov %[b0], #0\n\t"                                                                            \
    "ldr lr, %[taps]\n\t"                                                                          \
    "mov %[a1], #0\n\t"                                                                            \
    "mov %[a2], #0\n\t"                                                                            \
    "mov %[b1], #0\n\t"                                                                            \
    "mov %[b2], #0\n\t"                                                                            \
    "dlstp.8 lr, lr\n\t"                                                                           \
    "1:\n\t"                                                                                       \
    "vldrb.8 q0, [%[w0]], #16\n\t"                                                                 \
    "vldrb.8 q1, [%[x0]], #16\n\t"                                                                 \
    "vmladava.s8 %[a0], q0, q1\n\t"                                                                \
    "vldrb.8 q2, [%[x1]], #16\n\t"                                                                 \
    "vmladava.s8 %[a1], q0, q2\n\t"                                                                \
    "vldrb.8 q3, [%[x2]], #16\n\t"                                                                 \
    "vmladava.s8 %[a2], q0, q3\n\t"                                                                \
    "vldrb.8 q0, [%[w1]], #16\n\t"                                                                 \
    "vmladava.s8 %[b0], q0, q1\n\t"                                                                \
    "vmladava.s8 %[b1], q0, q2\n\t"                                                                \
    "vmladava.s8 %[b2], q0, q3\n\t"                                                                \
    "letp lr, 1b\n\t"                                                                              \
    "vmov %q[v0][" second_lane "], %q[v0][" lane "], %[a0], %[b0]\n\t"                             \
    "vmov %q[v1][" second_lane "], %q[v1][" lane "], %[a1], %[b1]\n\t"                             \
    "vmov %q[v2][" second_lane "], %q[v2][" lane "], %[a2], %[b2]\n\t"                             \
    "ldr %[a0], %[stepped]\n\t"                                                                    \
    "sub %[x0], %[a0]\n\t"                                                                         \
    "sub %[x1], %[a0]\n\t"                                                                         \
    "sub %[x2], %[a0]\n\t"                                                                         \
    "ldr %[a0], %[beyond]\n\t"                                                                     \
    "sub %[w0], %[a0]\n\t"                                                                         \
    "sub %[w1], %[a0]\n\t"

static inline void engine_plain_blocks(int8_t *to, const engine_plain *f, const int8_t *windows)
{
    const size_t taps = f->taps;
    const size_t count = f->count;
    const size_t stepped = (taps + 15) / 16 * 16; /* by which loops move pointers */
    const size_t beyond = stepped - taps;
    const int8_t *x0 = windows, *x1 = x0 + taps, *x2 = x1 + taps;
    const int8_t *w0 = f->weights, *w1 = w0 + 2 * taps;
    const int32_t *bias = f->bias;
    engine_rescale r = f->rescale;
    for (size_t left = count / ENGINE_PLAIN_FILTERS; left > 0; left--) {
        int32x4_t v0, v1, v2;
        int32_t a0, a1, a2, b0, b1, b2;
        /* filters 0 and 2, then those behind them; all registers there are */
        __asm__ volatile(
            ENGINE_PLAIN_TWO("0", "2")
                ENGINE_PLAIN_TWO("1", "3") "ldr %[a0], %[taps]\n\t"
                                           "mov %[w0], %[w1]\n\t"
                                           "add %[w1], %[w1], %[a0], lsl #1\n\t"
            : [v0] "=&w"(v0), [v1] "=&w"(v1), [v2] "=&w"(v2), [a0] "=&Te"(a0), [a1] "=&Te"(a1),
              [a2] "=&Te"(a2), [b0] "=&Te"(b0), [b1] "=&Te"(b1), [b2] "=&Te"(b2), [x0] "+r"(x0),
              [x1] "+r"(x1), [x2] "+r"(x2), [w0] "+r"(w0), [w1] "+r"(w1)
            : [taps] "m"(taps), [stepped] "m"(stepped), [beyond] "m"(beyond)
            : "q0", "q1", "q2", "q3", "lr", "cc", "memory");
        const int32x4_t biases = vldrwq_s32(bias);
        v0 = vaddq_s32(v0, biases);
        v1 = vaddq_s32(v1, biases);
        v2 = vaddq_s32(v2, biases);
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
        bias += ENGINE_PLAIN_FILTERS;
        r.multipliers += ENGINE_PLAIN_FILTERS * r.step;
        r.shifts += ENGINE_PLAIN_FILTERS * r.step;
    }
}

#endif
