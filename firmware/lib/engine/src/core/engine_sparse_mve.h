/* Sparse int8 layers with vectors. See engine_dot.h.
 *
 * Eight taps are loaded at once, a weight and a position in each lane of 16 bits; the positions
 * gather the inputs. WLSTP and LETP predicate the last turn. */
#ifndef ENGINE_SPARSE_MVE_H
#define ENGINE_SPARSE_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_dot_mve.h"

#define ENGINE_SPARSE_EIGHT_TAPS                                                                   \
    "vldrh.u16 q0, [%[tap]], #16\n\t"                                                              \
    "vshr.u16 q1, q0, #8\n\t"                                                                      \
    "vmovlb.s8 q0, q0\n\t"
#define ENGINE_SPARSE_WINDOW(x, acc)                                                               \
    "vldrb.s16 q2, [%[" x "], q1]\n\t"                                                             \
    "vmladava.s16 %[" acc "], q0, q2\n\t"

#define engine_sparse_dot engine_sparse_dot
static inline __attribute__((always_inline)) int32_t
engine_sparse_dot(const uint8_t **taps, unsigned count, const int8_t *x, int32_t acc)
{
    const uint8_t *tap = *taps;
    __asm__ volatile(
        "wlstp.16 lr, %[count], 2f\n\t"
        "1:\n\t" ENGINE_SPARSE_EIGHT_TAPS ENGINE_SPARSE_WINDOW("x", "acc") "letp lr, 1b\n\t"
                                                                           "2:\n\t"
        : [acc] "+Te"(acc), [tap] "+r"(tap)
        : [count] "r"(count), [x] "r"(x)
        : "q0", "q1", "q2", "lr", "memory");
    *taps += 2 * ((count + 1) & ~1u); /* an odd number is followed by a zero */
    return acc;
}

#define ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR(count)                                                  \
    do {                                                                                           \
        const uint8_t *tap = e;                                                                    \
        __asm__ volatile(                                                                          \
            "wlstp.16 lr, %[left], 2f\n\t"                                                         \
            "1:\n\t" ENGINE_SPARSE_EIGHT_TAPS ENGINE_SPARSE_WINDOW("in0", "sum0")                  \
                ENGINE_SPARSE_WINDOW("in1", "sum1") ENGINE_SPARSE_WINDOW("in2", "sum2")            \
                    ENGINE_SPARSE_WINDOW("in3", "sum3") "letp lr, 1b\n\t"                          \
                                                        "2:\n\t"                                   \
            : [sum0] "+Te"(acc0), [sum1] "+Te"(acc1), [sum2] "+Te"(acc2), [sum3] "+Te"(acc3),      \
              [tap] "+r"(tap)                                                                      \
            : [left] "r"(count), [in0] "r"(x0), [in1] "r"(x1), [in2] "r"(x2), [in3] "r"(x3)        \
            : "q0", "q1", "q2", "lr", "memory");                                                   \
        e += 2 * (((count) + 1) & ~1u);                                                            \
    } while (0)

/* engine_narrow() of four sums, one for each output. */
#define engine_sparse_outputs_of_four engine_sparse_outputs_of_four
static inline __attribute__((always_inline)) void
engine_sparse_outputs_of_four(int8_t *const output[], size_t place, int32_t acc0, int32_t acc1,
                              int32_t acc2, int32_t acc3, int32_t multiplier, int shift,
                              int32_t offset)
{
    int32x4_t x = vuninitializedq_s32();
    __asm__("vmov %q[x][2], %q[x][0], %[a], %[c]\n\t"
            "vmov %q[x][3], %q[x][1], %[b], %[d]\n\t"
            : [x] "+w"(x)
            : [a] "r"(acc0), [b] "r"(acc1), [c] "r"(acc2), [d] "r"(acc3));
    x = vqrdmulhq_n_s32(x, multiplier);
    x = vaddq_s32(x, vshrq_n_s32(x, 31));
    x = engine_saturated_4(vshrq_n_s32(vaddq_n_s32(vshlq_r_s32(x, -shift), offset), 1));
    const uint32x4_t outputs = vldrwq_u32((const uint32_t *)(const void *)output);
    vstrbq_scatter_offset_s32((int8_t *)place, outputs, x);
}

#endif
