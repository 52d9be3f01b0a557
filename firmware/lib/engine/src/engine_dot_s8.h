/* Dot products of int8 activations (RAM) with int8 weights (flash). The products are of type int:
 * with 16-bit int they just fit, (-128..127 + -127..128) * -128 included. */
#ifndef ENGINE_DOT_S8_H
#define ENGINE_DOT_S8_H

#include <stddef.h>
#include <stdint.h>

#include "engine_flash.h"

static inline int32_t engine_dot_s8(const int8_t *x, const int8_t *weights, size_t count)
{
    int32_t sum = 0;
    for (; count > 0; count--) {
        sum += *x++ * engine_flash_i8(weights++);
    }
    return sum;
}

/* The same of x + offset; -127 <= offset <= 128. */
static inline int32_t engine_dot_offset_s8(const int8_t *x, const int8_t *weights, size_t count,
                                           int offset)
{
    int32_t sum = 0;
    for (; count > 0; count--) {
        sum += (*x++ + offset) * engine_flash_i8(weights++);
    }
    return sum;
}

#endif
