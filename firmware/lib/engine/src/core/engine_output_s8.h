/* int32 sums to int8 outputs: rescaled, moved to the zero point, clamped. */
#ifndef ENGINE_OUTPUT_S8_H
#define ENGINE_OUTPUT_S8_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_bytes.h"
#include "core/engine_dot.h"
#include "core/engine_rescale.h"
#include "engine_flash.h"

#include "core/engine_requantize.h"

/* Return engine_requantize() of shift < 0, where multipliers are at least 2^30. */
static inline int32_t engine_scale_down(int32_t x, int32_t multiplier, int shift)
{
    if (ENGINE_NARROW_MULTIPLY) {
        return engine_requantize(x, multiplier, shift);
    }
    /* Halves away from zero: those below it are pushed under the half first. */
    int32_t q = engine_high_mul_twice(x, multiplier);
    q = (q + (q >> 31)) >> ~shift;
    return (q + 1) >> 1;
}

#if ENGINE_SATURATES
/* Return an output within -128..127; shift is -1 - places, `offset` twice the zero point plus 1. */
static inline int32_t engine_narrow(int32_t sum, int32_t multiplier, uint32_t places,
                                    int32_t offset)
{
    int32_t q = engine_high_mul_twice(sum, multiplier);
    q = ((q + (q >> 31)) >> places) + offset;
    return engine_half_s8(q);
}
#endif

/* Return the clamped output of one sum. */
static inline int8_t engine_output_s8(int32_t sum, int32_t multiplier, int shift,
                                      const engine_rescale *r)
{
    int32_t q = shift < 0 ? engine_scale_down(sum, multiplier, shift)
                          : engine_requantize(sum, multiplier, shift);
    q += r->offset;
    q = q < r->min ? r->min : q;
    return (int8_t)(q > r->max ? r->max : q);
}

/* Return the output of the next channel and move r on. */
static inline int8_t engine_next_output_s8(int32_t sum, engine_rescale *r)
{
    const int32_t multiplier = engine_flash_i32(r->multipliers);
    const int shift = engine_flash_i8(r->shifts);
    r->multipliers += r->step;
    r->shifts += r->step;
    return engine_output_s8(sum, multiplier, shift, r);
}

#if ENGINE_FILTERS == 1
#define engine_any_output_s8 engine_next_output_s8
#else
/* engine_next_output_s8() as a call, to save flash where speed does not matter. */
int8_t engine_any_output_s8(int32_t sum, engine_rescale *r);

/* engine_block_outputs_s8() for any shifts; r does not move. */
void engine_any_block_outputs_s8(int8_t *to, size_t distance, int pixels, const int32_t *sums,
                                 const engine_rescale *r);

/* Write the outputs of the next four channels of 1 or 2 pixels, sums [pixels][4], and move r on.
 * Pixels are `distance` outputs apart. With ENGINE_SATURATES the outputs are not clamped to the
 * activation: engine_clamp_outputs_s8() follows. */
static inline __attribute__((always_inline)) void
engine_block_outputs_s8(int8_t *to, size_t distance, int pixels, const int32_t *sums,
                        engine_rescale *r)
{
#if ENGINE_SATURATES
    const uint32_t shifts = engine_load_4(r->shifts);
    if ((shifts & 0x80808080u) == 0x80808080u) {
        const uint32_t places = ~shifts;
        const int32_t offset = 2 * r->offset + 1;
        _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
        {
            const int32_t multiplier = r->multipliers[i];
            for (int p = 0; p < pixels; p++) {
                to[(size_t)p * distance + (size_t)i] = (int8_t)engine_narrow(
                    sums[4 * p + i], multiplier, places >> 8 * i & 0xff, offset);
            }
        }
    } else
#endif
    {
        /* copies: the originals stay in registers */
        const engine_rescale rescale = *r;
        int32_t copy[8];
        _Pragma("GCC unroll 8") for (int i = 0; i < 4 * pixels; i++)
        {
            copy[i] = sums[i];
        }
        engine_any_block_outputs_s8(to, distance, pixels, copy, &rescale);
    }
    r->multipliers += 4 * r->step;
    r->shifts += 4 * r->step;
}

#endif

/* Clamp outputs [count] to min..max, within -128..127. */
static inline void engine_clamp_all_s8(int8_t *outputs, size_t count, int32_t min, int32_t max)
{
#if ENGINE_QUADS
    for (; count >= 4; count -= 4) {
        engine_store_4(outputs, engine_clamp_4(engine_load_4(outputs), min, max));
        outputs += 4;
    }
#endif
    for (; count > 0; count--) {
        *outputs = engine_clamp_s8(*outputs, min, max);
        outputs++;
    }
}

/* Clamp outputs [count] of engine_block_outputs_s8() to the activation. */
static inline void engine_clamp_outputs_s8(int8_t *outputs, size_t count, const engine_rescale *r)
{
    if (ENGINE_SATURATES && (r->min != INT8_MIN || r->max != INT8_MAX)) {
        engine_clamp_all_s8(outputs, count, r->min, r->max);
    }
}

#endif
