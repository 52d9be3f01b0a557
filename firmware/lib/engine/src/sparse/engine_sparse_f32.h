/* Shared by the sparse float32 kernels: a filter's sum over one window or four. */
#ifndef ENGINE_SPARSE_F32_H
#define ENGINE_SPARSE_F32_H

#include "core/engine_clamp_f32.h"
#include "core/engine_float.h"
#include "engine_kernels_sparse.h"
#include "sparse/engine_sparse.h"

typedef struct {
    engine_sparse_filters filters;
    float activation_min, activation_max;
    const uint8_t *heads, *taps;
    const int32_t *offsets;
    const float *weights, *bias;
} engine_sparse_layer_f32;

/* The next filter's place in heads, taps and weights. */
typedef struct {
    const uint8_t *heads, *taps;
    const float *weights;
} engine_sparse_reader_f32;

static inline float engine_sparse_clamped(const engine_sparse_layer_f32 *l, float sum)
{
    return engine_clamp_f32(sum, l->activation_min, l->activation_max);
}

static inline float *engine_sparse_constants_f32(engine_sparse_reader_f32 *r, float *output)
{
    for (uint_fast8_t count = engine_next_u8(&r->heads); count > 0; count--) {
        *output++ = engine_flash_f32(r->weights++);
    }
    return output;
}

static inline float engine_sparse_tap(engine_sparse_reader_f32 *r, const float *x, float sum)
{
    const float value = x[engine_next_u8(&r->taps)];
    return engine_sparse_multiply_add(value, engine_flash_f32(r->weights++), sum);
}

static inline float engine_sparse_four_taps(engine_sparse_reader_f32 *r, const float *x, float sum)
{
#if defined(ENGINE_NEXT_FLOATS)
    ENGINE_NEXT_FLOATS(r->weights);
    sum = engine_sparse_multiply_add(x[r->taps[0]], w0, sum);
    sum = engine_sparse_multiply_add(x[r->taps[1]], w1, sum);
    sum = engine_sparse_multiply_add(x[r->taps[2]], w2, sum);
    sum = engine_sparse_multiply_add(x[r->taps[3]], w3, sum);
    r->taps += 4;
    return sum;
#else
    sum = engine_sparse_tap(r, x, sum);
    sum = engine_sparse_tap(r, x, sum);
    sum = engine_sparse_tap(r, x, sum);
    return engine_sparse_tap(r, x, sum);
#endif
}

/* Taps beyond groups of four come first, so that the loop tests nothing but its end. */
static inline float engine_sparse_dot_f32(engine_sparse_reader_f32 *r, const float *x, float sum)
{
    const unsigned count = engine_next_u8(&r->heads);
    const uint8_t *const end = r->taps + count;
    if ((count & 1) != 0) {
        sum = engine_sparse_tap(r, x, sum);
    }
    if ((count & 2) != 0) {
        sum = engine_sparse_tap(r, x, sum);
        sum = engine_sparse_tap(r, x, sum);
    }
    while (r->taps != end) {
        sum = engine_sparse_four_taps(r, x, sum);
    }
    return sum;
}

#if ENGINE_SPARSE_BLOCK == 4
/* Adds all segments of a filter to the sums sum0..3 of four windows, which are at x0..3 in the
 * first segment. */
#define ENGINE_SPARSE_SUMS_OF_FOUR(r)                                                              \
    for (unsigned s = 0;;) {                                                                       \
        const unsigned count = engine_next_u8(&(r).heads);                                         \
        const int32_t offset = l->offsets[s] - l->offsets[0];                                      \
        const uint8_t *const last = (r).taps + count;                                              \
        while ((r).taps != last) {                                                                 \
            const int32_t position = offset + *(r).taps++;                                         \
            const float weight = *(r).weights++;                                                   \
            sum0 = engine_sparse_multiply_add(x0[position], weight, sum0);                         \
            sum1 = engine_sparse_multiply_add(x1[position], weight, sum1);                         \
            sum2 = engine_sparse_multiply_add(x2[position], weight, sum2);                         \
            sum3 = engine_sparse_multiply_add(x3[position], weight, sum3);                         \
        }                                                                                          \
        if (++s == l->filters.segments) {                                                          \
            break;                                                                                 \
        }                                                                                          \
    }
#endif

#endif
