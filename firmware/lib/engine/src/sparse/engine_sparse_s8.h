/* Shared by the sparse int8 kernels: a filter's sum over one window or four, and its output. */
#ifndef ENGINE_SPARSE_S8_H
#define ENGINE_SPARSE_S8_H

#include "engine_kernels_sparse.h"
#include "core/engine_dot.h"
#include "core/engine_output_s8.h"
#include "sparse/engine_sparse.h"

typedef struct {
    engine_sparse_filters filters;
    engine_sparse_output_s8 output;
    const uint8_t *heads, *taps;
    const int32_t *offsets, *bias, *multipliers;
    const int8_t *shifts;
} engine_sparse_layer_s8;

static inline int32_t engine_sparse_saturated(int32_t x)
{
    return x < INT8_MIN ? INT8_MIN : (x > INT8_MAX ? INT8_MAX : x);
}

/* Return the output of |acc| < 2^30, not clamped to the activation. offset: twice the output's zero
 * point plus 1. */
static inline int8_t engine_sparse_output(int32_t acc, int32_t multiplier, int shift,
                                          int32_t offset)
{
#if ENGINE_SATURATES
    return (int8_t)engine_narrow(acc, multiplier, (uint32_t)shift, offset);
#elif ENGINE_NARROW_MULTIPLY
    const int32_t q = engine_high_mul(acc, multiplier);
    return (int8_t)engine_sparse_saturated((((q + (q >> 31)) >> shift) + offset) >> 1);
#else
    const int32_t q = engine_high_mul_twice(acc, multiplier);
    return (int8_t)engine_sparse_saturated((((q + (q >> 31)) >> shift) + offset) >> 1);
#endif
}

/* Clamp the outputs of a layer to its activation. */
static void engine_sparse_clamp(const engine_sparse_layer_s8 *l, int8_t *outputs, size_t count)
{
    if (l->output.clamps != 0) {
        engine_clamp_all_s8(outputs, count, l->output.activation_min, l->output.activation_max);
    }
}

/* The next filter's place in heads and taps. */
typedef struct {
    const uint8_t *heads, *taps;
} engine_sparse_reader_s8;

/* Add the second and all later segments, which few layers have, to *acc. Return the next filter's
 * place. */
engine_sparse_reader_s8 engine_sparse_further_s8(engine_sparse_reader_s8 r,
                                                 const engine_sparse_layer_s8 *l, const int8_t *x,
                                                 int32_t *acc);

#if ENGINE_FILTERS == 1
__attribute__((always_inline)) /* a call would save and restore all registers */
#endif
static inline int32_t
engine_sparse_filter(engine_sparse_reader_s8 *r, const engine_sparse_layer_s8 *l, const int8_t *x,
                     const int8_t *first, unsigned segments, int32_t acc)
{
    const unsigned count = engine_next_u8(&r->heads);
    acc = engine_sparse_dot(&r->taps, count, first, acc);
    if (segments > 1) {
        int32_t sum = acc; /* keeps acc itself in a register */
        *r = engine_sparse_further_s8(*r, l, x, &sum);
        acc = sum;
    }
    return acc;
}

/* Write the outputs of the constant filters that precede live ones. Return where the next go. */
static inline int8_t *engine_sparse_constants(const uint8_t **heads, int8_t *output)
{
    for (uint_fast8_t count = engine_next_u8(heads); count > 0; count--) {
        *output++ = engine_next_i8(heads);
    }
    return output;
}

#if ENGINE_SPARSE_BLOCK == 4
#define ENGINE_SPARSE_TAP_OF_FOUR                                                                  \
    do {                                                                                           \
        const int8_t weight = engine_next_i8(&e);                                                  \
        const uint8_t position = engine_next_u8(&e);                                               \
        acc0 += x0[position] * weight;                                                             \
        acc1 += x1[position] * weight;                                                             \
        acc2 += x2[position] * weight;                                                             \
        acc3 += x3[position] * weight;                                                             \
    } while (0)

/* Adds `count` taps of a segment to the sums acc0..3 of four windows that are at x0..3 there. */
#define ENGINE_SPARSE_SEGMENT_OF_FOUR(count)                                                       \
    do {                                                                                           \
        const uint8_t *const last = e + 2 * (count);                                               \
        while (e != last) {                                                                        \
            ENGINE_SPARSE_TAP_OF_FOUR;                                                             \
        }                                                                                          \
        e += (uintptr_t)e & 2; /* the zero that fills the word */                                  \
    } while (0)

/* The same where there are many taps. */
#if !defined(ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR)
#define ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR ENGINE_SPARSE_SEGMENT_OF_FOUR
#endif

/* Write the outputs of four windows, output [4][place]. */
#if !defined(engine_sparse_outputs_of_four)
static inline __attribute__((always_inline)) void
engine_sparse_outputs_of_four(int8_t *const output[], size_t place, int32_t acc0, int32_t acc1,
                              int32_t acc2, int32_t acc3, int32_t multiplier, int shift,
                              int32_t offset)
{
    output[0][place] = engine_sparse_output(acc0, multiplier, shift, offset);
    output[1][place] = engine_sparse_output(acc1, multiplier, shift, offset);
    output[2][place] = engine_sparse_output(acc2, multiplier, shift, offset);
    output[3][place] = engine_sparse_output(acc3, multiplier, shift, offset);
}
#endif

/* engine_sparse_further_s8() of four windows. */
engine_sparse_reader_s8
engine_sparse_further_of_four_s8(engine_sparse_reader_s8 r, const engine_sparse_layer_s8 *l,
                                 const int8_t *const x[ENGINE_SPARSE_WINDOWS],
                                 int32_t acc[ENGINE_SPARSE_WINDOWS]);

#define ENGINE_SPARSE_FURTHER_OF_FOUR                                                              \
    do {                                                                                           \
        const int8_t *const x_of[ENGINE_SPARSE_WINDOWS] = {x0, x1, x2, x3};                        \
        int32_t acc[ENGINE_SPARSE_WINDOWS] = {acc0, acc1, acc2, acc3};                             \
        const engine_sparse_reader_s8 here = {heads, e};                                           \
        const engine_sparse_reader_s8 behind =                                                     \
            engine_sparse_further_of_four_s8(here, l, x_of, acc);                                  \
        heads = behind.heads;                                                                      \
        e = behind.taps;                                                                           \
        acc0 = acc[0];                                                                             \
        acc1 = acc[1];                                                                             \
        acc2 = acc[2];                                                                             \
        acc3 = acc[3];                                                                             \
    } while (0)
#endif

#endif
