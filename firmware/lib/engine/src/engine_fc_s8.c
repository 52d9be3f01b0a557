#include "engine_kernels_s8.h"

#include "engine_dot_s8.h"
#include "engine_flash.h"
#include "engine_requantize.h"

void engine_fc_s8(const engine_fc_s8_params *params, const int8_t *input, const int8_t *weights,
                  const int32_t *bias, int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const int8_t *w = weights;
        for (uint16_t i = 0; i < p.outputs; i++) {
            int32_t acc = engine_flash_i32(bias + i) + engine_dot_s8(input, w, p.depth);
            acc = engine_requantize(acc, p.multiplier, (int)p.shift);
            *output++ = engine_clamp_s8(acc + p.output_offset, p.activation_min, p.activation_max);
            w += p.depth;
        }
        input += p.depth;
    }
}

void engine_fc_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const int8_t *w = weights;
        for (uint16_t i = 0; i < p.outputs; i++) {
            int32_t acc = engine_flash_i32(bias + i) + engine_dot_s8(input, w, p.depth);
            acc = engine_requantize(acc, engine_flash_i32(multipliers + i),
                                    engine_flash_i8(shifts + i));
            *output++ = engine_clamp_s8(acc + p.output_offset, p.activation_min, p.activation_max);
            w += p.depth;
        }
        input += p.depth;
    }
}
