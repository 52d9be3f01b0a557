/* int64 sums to int16 outputs: bias added, rescaled, clamped. */
#ifndef ENGINE_OUTPUT_S16_H
#define ENGINE_OUTPUT_S16_H

#include <stddef.h>
#include <stdint.h>

#include "engine_flash.h"
#include "core/engine_requantize.h"

/* Bias, multipliers and shifts [channels], in flash. */
typedef struct {
    const int64_t *bias;
    const int16_t *multipliers;
    const int8_t *shifts;
    int16_t activation_min, activation_max;
} engine_rescale_s16;

static inline int16_t engine_clamp_s16(int32_t x, int32_t low, int32_t high)
{
    return (int16_t)(x < low ? low : (x > high ? high : x));
}

static inline int16_t engine_output_s16(int64_t sum, const engine_rescale_s16 *r, size_t channel)
{
    const int16_t multiplier = engine_flash_i16(r->multipliers + channel);
    const int shift = engine_flash_i8(r->shifts + channel);
    const int64_t half = (int64_t)1 << (shift - 1);
    sum += engine_flash_i64(r->bias + channel);
    /* the reference keeps 32 bits, too */
    const int32_t q = (int32_t)((sum * multiplier + half) >> shift);
    return engine_clamp_s16(q, r->activation_min, r->activation_max);
}

#endif
