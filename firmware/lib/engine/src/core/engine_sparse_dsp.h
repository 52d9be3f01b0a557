/* Sparse int8 layers with the DSP extension. See engine_dot.h. */
#ifndef ENGINE_SPARSE_DSP_H
#define ENGINE_SPARSE_DSP_H

#include <stdint.h>

#include "core/engine_dot_dsp.h"

#define engine_sparse_two_taps engine_sparse_two_taps
/* One load of two taps takes less time than four of their parts. */
static inline int32_t engine_sparse_two_taps(const uint8_t *e, const int8_t *x, int32_t acc)
{
    const uint32_t both = *(const uint32_t *)(const void *)e;
    int32_t weights;
    __asm__("sxtb16 %0, %1" : "=r"(weights) : "r"(both));
    __asm__("smlabb %0, %1, %2, %0" : "+r"(acc) : "r"((int32_t)x[both >> 8 & 0xFF]), "r"(weights));
    __asm__("smlabt %0, %1, %2, %0" : "+r"(acc) : "r"((int32_t)x[both >> 24]), "r"(weights));
    return acc;
}

#define ENGINE_SPARSE_MULTIPLY(acc, x, weights, half)                                              \
    __asm__("smlab" half " %0, %1, %2, %0" : "+r"(acc) : "r"((int32_t)(x)[position]), "r"(weights))
#if !defined(ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR)
#define ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR(count)                                                  \
    do {                                                                                           \
        const uint8_t *const last = e + 4 * (((count) + 1) / 2);                                   \
        while (e != last) {                                                                        \
            uint32_t position = *(const uint32_t *)(const void *)e;                                \
            const uint32_t second = position >> 24;                                                \
            int32_t weights;                                                                       \
            e += 4;                                                                                \
            __asm__("sxtb16 %0, %1" : "=r"(weights) : "r"(position));                              \
            position = position >> 8 & 0xFF;                                                       \
            ENGINE_SPARSE_MULTIPLY(acc0, x0, weights, "b");                                        \
            ENGINE_SPARSE_MULTIPLY(acc1, x1, weights, "b");                                        \
            ENGINE_SPARSE_MULTIPLY(acc2, x2, weights, "b");                                        \
            ENGINE_SPARSE_MULTIPLY(acc3, x3, weights, "b");                                        \
            position = second;                                                                     \
            ENGINE_SPARSE_MULTIPLY(acc0, x0, weights, "t");                                        \
            ENGINE_SPARSE_MULTIPLY(acc1, x1, weights, "t");                                        \
            ENGINE_SPARSE_MULTIPLY(acc2, x2, weights, "t");                                        \
            ENGINE_SPARSE_MULTIPLY(acc3, x3, weights, "t");                                        \
        }                                                                                          \
    } while (0)
#endif

#define engine_sparse_quad engine_quad
static inline engine_sparse_quad engine_sparse_load_quad(const int8_t *p)
{
    const uint32_t word = engine_load_4(p);
    return (engine_sparse_quad){__sxtb16((int8x4_t)word), engine_odd_bytes(word)};
}

static inline int32_t engine_sparse_add_quad(int32_t acc, const int8_t *x,
                                             engine_sparse_quad weights)
{
    const engine_sparse_quad inputs = engine_sparse_load_quad(x);
    return __smlad(inputs.odd, weights.odd, __smlad(inputs.even, weights.even, acc));
}

#endif
