/* Sparse int8 layers on AVR. See engine_dot.h. */
#ifndef ENGINE_SPARSE_AVR_H
#define ENGINE_SPARSE_AVR_H

#include <stdint.h>

#include "engine_flash.h"

#define engine_sparse_product engine_sparse_product
static inline int engine_sparse_product(int8_t x, int8_t weight)
{
    int product = x * weight;
    __asm__("" : "+r"(product)); /* else GCC calls a multiplication of 16 bits */
    return product;
}

#define engine_sparse_dot engine_sparse_dot
static inline int32_t engine_sparse_dot(const uint8_t **taps, unsigned count, const int8_t *x,
                                        int32_t acc)
{
    const uint8_t *e = *taps; /* in Z throughout */
    for (uint8_t left = (uint8_t)count; left > 0; left--) {
        const int8_t weight = engine_next_i8(&e);
        acc += engine_sparse_product(x[engine_next_u8(&e)], weight);
    }
    *taps = e + 2 * (count & 1);
    return acc;
}

#endif
