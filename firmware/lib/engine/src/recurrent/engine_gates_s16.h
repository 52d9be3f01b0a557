/* Logistic and hyperbolic tangent of int16 fixed-point numbers. */
#ifndef ENGINE_GATES_S16_H
#define ENGINE_GATES_S16_H

#include <stdint.h>

static inline int16_t engine_saturate_s16(int32_t x)
{
    return (int16_t)(x < INT16_MIN ? INT16_MIN : (x > INT16_MAX ? INT16_MAX : x));
}

/* 1 / (1 + exp(-x)) in Q0.15 of x in Q3.12. */
int16_t engine_logistic_s16(int16_t x);

/* tanh(x) in Q0.15 of x with 0..6 integer bits. */
int16_t engine_tanh_s16(int16_t x, int integer_bits);

#endif
