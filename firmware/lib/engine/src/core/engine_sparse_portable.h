/* Sparse int8 layers: the contracts, and C for every core; see engine_dot.h.
 *
 * Weights are in flash, as engine_kernels_sparse.h describes them: `taps` points at pairs of a
 * weight and its position in a segment, whose first input is x. */
#ifndef ENGINE_SPARSE_PORTABLE_H
#define ENGINE_SPARSE_PORTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "engine_flash.h"
#include "engine_kernels_sparse.h"

/* Return x * weight. */
#if !defined(engine_sparse_product)
static inline int engine_sparse_product(int8_t x, int8_t weight)
{
    return x * weight;
}
#endif

/* Return acc plus the products of the two taps at e, which is aligned to 4. */
#if !defined(engine_sparse_two_taps)
static inline int32_t engine_sparse_two_taps(const uint8_t *e, const int8_t *x, int32_t acc)
{
    acc += x[e[1]] * (int8_t)e[0];
    return acc + x[e[3]] * (int8_t)e[2];
}
#endif

/* Return acc plus the products of the `count` taps at *taps; *taps moves to the next segment's. */
#if !defined(engine_sparse_dot)
static inline __attribute__((always_inline)) int32_t
engine_sparse_dot(const uint8_t **taps, unsigned count, const int8_t *x, int32_t acc)
{
    const uint8_t *e = *taps;
    const unsigned filled = (count + 1) & ~1u; /* an odd number is followed by a zero */
    const uint8_t *const end = e + 2 * filled;
    if ((filled & 2) != 0) {
        acc = engine_sparse_two_taps(e, x, acc);
        e += 4;
    }
    for (; e != end; e += 8) {
        acc = engine_sparse_two_taps(e, x, acc);
        acc = engine_sparse_two_taps(e + 4, x, acc);
    }
    *taps = end;
    return acc;
}
#endif

/* Four neighbouring weights as the core multiplies them: load them from p; return acc plus their
 * products with x[0..3]. */
#if !defined(engine_sparse_quad)
typedef struct {
    int8_t at[ENGINE_SPARSE_TAPS];
} engine_sparse_quad;

static inline engine_sparse_quad engine_sparse_load_quad(const int8_t *p)
{
    return (engine_sparse_quad){{engine_flash_i8(p), engine_flash_i8(p + 1), engine_flash_i8(p + 2),
                                 engine_flash_i8(p + 3)}};
}

static inline int32_t engine_sparse_add_quad(int32_t acc, const int8_t *x,
                                             engine_sparse_quad weights)
{
    for (uint8_t i = 0; i < ENGINE_SPARSE_TAPS; i++) {
        acc += engine_sparse_product(x[i], weights.at[i]);
    }
    return acc;
}
#endif

#endif
