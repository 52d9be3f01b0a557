/* Armv6-M and Armv8-M Baseline: Cortex-M0, M0+, M23. See engine_dot.h. */
#ifndef ENGINE_DOT_ARMV6M_H
#define ENGINE_DOT_ARMV6M_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "engine_core.h"

/* engine_dot_block() of step / ENGINE_GROUP pixels; engine_dot_armv6m.c. */
void engine_dot_armv6m(int32_t *sums, const engine_tap *x, const engine_tap *end,
                       const int8_t *weights, size_t step);

/* A function, as its code would take all registers from the loops around it. */
#define engine_high_mul_twice engine_high_mul_twice
int32_t engine_high_mul_twice(int32_t x, int32_t multiplier);

#define engine_dot_block engine_dot_block
static inline void engine_dot_block(int32_t *sums, int pixels, const engine_tap *x,
                                    const engine_tap *const *end, const int8_t *weights)
{
    engine_dot_armv6m(sums, x, *end, weights, (size_t)pixels * ENGINE_GROUP);
}

#endif
