/* Elementwise int8 operators: the contracts, and what cores without vectors have; see engine_dot.h.
 */
#ifndef ENGINE_ELEMENTWISE_PORTABLE_H
#define ENGINE_ELEMENTWISE_PORTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "engine_kernels_s8.h"

/* Write the first outputs of a sum (engine_add_s8()), several at once. Return their number, which
 * may be 0. */
#if !defined(engine_add_elements)
static inline size_t engine_add_elements(int8_t *to, const engine_add_s8_params *p,
                                         const int8_t *x1, const int8_t *x2)
{
    (void)to;
    (void)p;
    (void)x1;
    (void)x2;
    return 0;
}
#endif

#endif
