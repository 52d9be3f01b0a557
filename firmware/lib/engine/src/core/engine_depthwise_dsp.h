/* Depthwise int8 layers with the DSP extension. See engine_dot.h. */
#ifndef ENGINE_DEPTHWISE_DSP_H
#define ENGINE_DEPTHWISE_DSP_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_depthwise.h"
#include "core/engine_dot_dsp.h"
#include "engine_core.h"

static inline int16x2_t engine_pair_of(int32_t low, int32_t high)
{
    return (int16x2_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* A row of the kernel, f its taps 0 and 1, l its taps 1 and 2, at the first tap and at the next. */
#define ENGINE_ADD_ROW_FROM(f, l, from)                                                            \
    "smlatb %[next], %[a], %[" f "], %[" from "]\n\t"                                              \
    "smlad %[sum], %[a], %[" f "], %[sum]\n\t"                                                     \
    "smlabt %[sum], %[b], %[" l "], %[sum]\n\t"                                                    \
    "smlad %[next], %[b], %[" l "], %[next]\n\t"
#define ENGINE_ADD_ROW(f, l) ENGINE_ADD_ROW_FROM(f, l, "next")
#define ENGINE_ADD_ROW_ONCE(f, l)                                                                  \
    "smlad %[sum], %[a], %[" f "], %[sum]\n\t"                                                     \
    "smlabt %[sum], %[b], %[" l "], %[sum]\n\t"
#define ENGINE_LOAD_ROW                                                                            \
    "add %[x], %[x], %[pitch]\n\t"                                                                 \
    "ldrd %[a], %[b], [%[x]]\n\t"
#define ENGINE_LOAD_LAST_ROW                                                                       \
    "add %[x], %[x], %[pitch]\n\t"                                                                 \
    "ldrd %[a], %[b], [%[x]], #4\n\t"                                                              \
    "sub %[x], %[x], %[pitch], lsl #1\n\t"

/* Takes all registers; the compiler would not keep the weights in them. */
#define ENGINE_COLUMNS(body)                                                                       \
    __asm__ volatile(body                                                                          \
                     : [sums] "+r"(sums), [x] "+r"(x), [a] "=&r"(a), [b] "=&r"(b),                 \
                       [sum] "=&r"(sum), [next] "=&r"(next)                                        \
                     : [end] "r"(end), [pitch] "r"(pitch), [f0] "r"(f0), [l0] "r"(l0),             \
                       [f1] "r"(f1), [l1] "r"(l1), [f2] "r"(f2), [l2] "r"(l2), [bias] "m"(bias)    \
                     : "cc", "memory")

#define engine_add_plane engine_add_plane
static __attribute__((noinline, unused)) void
engine_add_plane(int32_t *sums, const engine_plane_rows *out, const int16_t *plane, const int8_t *w,
                 size_t channels, int32_t bias)
{
    const int16x2_t f0 = engine_pair_of(w[0], w[channels]),
                    l0 = engine_pair_of(w[channels], w[2 * channels]);
    w += 3 * channels;
    const int16x2_t f1 = engine_pair_of(w[0], w[channels]),
                    l1 = engine_pair_of(w[channels], w[2 * channels]);
    w += 3 * channels;
    const int16x2_t f2 = engine_pair_of(w[0], w[channels]),
                    l2 = engine_pair_of(w[channels], w[2 * channels]);
    const size_t pitch = out->pitch * sizeof *plane;
    const size_t step = (size_t)out->stride_h * out->pitch;
    for (int left = out->rows; left > 0; left--) {
        const int16_t *x = plane;
        int32_t *const end = sums + out->columns;
        int32_t sum, next;
        int16x2_t a, b;
        if (out->stride_w == 1) {
            ENGINE_COLUMNS("1:\n\t"
                           "ldr %[sum], %[bias]\n\t"
                           "ldrd %[a], %[b], [%[x]]\n\t" ENGINE_ADD_ROW_FROM("f0", "l0", "sum")
                               ENGINE_LOAD_ROW ENGINE_ADD_ROW("f1", "l1")
                                   ENGINE_LOAD_LAST_ROW ENGINE_ADD_ROW(
                                       "f2", "l2") "strd %[sum], %[next], [%[sums]], #8\n\t"
                                                   "cmp %[sums], %[end]\n\t"
                                                   "bcc 1b\n\t");
            sums = end;
        } else {
            ENGINE_COLUMNS("1:\n\t"
                           "ldr %[sum], %[bias]\n\t"
                           "ldrd %[a], %[b], [%[x]]\n\t" ENGINE_ADD_ROW_ONCE("f0", "l0")
                               ENGINE_LOAD_ROW ENGINE_ADD_ROW_ONCE("f1", "l1")
                                   ENGINE_LOAD_LAST_ROW ENGINE_ADD_ROW_ONCE(
                                       "f2", "l2") "str %[sum], [%[sums]], #4\n\t"
                                                   "cmp %[sums], %[end]\n\t"
                                                   "bcc 1b\n\t");
        }
        plane += step;
    }
}

#if ENGINE_CHANNELS == 4 /* vectors take more */
/* Not inlined, so that all sums and addresses stay in registers. */
static __attribute__((noinline, unused)) void
engine_add_channels(int32_t *sums, const engine_channel_taps *t, const int8_t *x, const int8_t *w)
{
    const int16x2_t offsets = (int16x2_t)((uint16_t)t->offset * 0x10001u);
    const size_t x_tap = t->x_tap;
    const size_t w_tap = t->w_tap;
    int32_t sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
    for (int row = t->rows; row > 0; row--) {
        for (int i = t->columns; i > 0; i--) {
            const uint32_t inputs = engine_load_4(x);
            const uint32_t weights = engine_load_4(w);
            const int16x2_t x02 = __sxtab16(offsets, (int8x4_t)inputs);
            const int16x2_t x13 = engine_add_odd_bytes(offsets, inputs);
            const int16x2_t w02 = __sxtb16((int8x4_t)weights);
            const int16x2_t w13 = engine_odd_bytes(weights);
            sum0 = __smlabb(x02, w02, sum0);
            sum1 = __smlabb(x13, w13, sum1);
            sum2 = __smlatt(x02, w02, sum2);
            sum3 = __smlatt(x13, w13, sum3);
            x += x_tap;
            w += w_tap;
        }
        x += t->x_skip;
        w += t->w_skip;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}
#endif

#endif
