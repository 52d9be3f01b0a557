#include <math.h>
#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

#define HEADROOM ((int32_t)1 << ENGINE_HEADROOM_S16)

void engine_add_s16(const engine_add_s16_params *params, const int16_t *input1,
                    const int16_t *input2, int16_t *output)
{
    engine_add_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t sum = engine_requantize(input1[i] * HEADROOM, p.multiplier1, p.shift1) +
                            engine_requantize(input2[i] * HEADROOM, p.multiplier2, p.shift2);
        const int32_t q = engine_requantize(sum, p.output_multiplier, p.output_shift);
        output[i] = engine_clamp_s16(q, p.activation_min, p.activation_max);
    }
}

void engine_requantize_s16(const engine_requantize_s16_params *params, const int16_t *input,
                           int16_t *output)
{
    engine_requantize_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t q = engine_requantize(input[i], p.multiplier, p.shift);
        output[i] = engine_clamp_s16(q, p.activation_min, p.activation_max);
    }
}

void engine_leaky_relu_s16(const engine_leaky_relu_s16_params *params, const int16_t *input,
                           int16_t *output)
{
    engine_leaky_relu_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t x = input[i];
        const int32_t q = x >= 0 ? engine_requantize(x, p.multiplier1, p.shift1)
                                 : engine_requantize(x, p.multiplier2, p.shift2);
        output[i] = engine_clamp_s16(q, INT16_MIN, INT16_MAX);
    }
}

void engine_requantize_s16_s8(const engine_requantize_s16_params *params, const int16_t *input,
                              int8_t *output)
{
    engine_requantize_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t q = engine_requantize(input[i], p.multiplier, p.shift);
        /* wraps as the reference does where a scale is far too small */
        const int32_t moved = (int32_t)((uint32_t)q + (uint32_t)(int32_t)p.output_offset);
        output[i] = engine_clamp_s8(moved, INT8_MIN, INT8_MAX);
    }
}

void engine_quantize_f32_s16(const engine_affine_params *params, const float *input,
                             int16_t *output)
{
    engine_affine_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float rounded = roundf(input[i] / p.scale);
        const float clamped =
            !(rounded > INT16_MIN) ? INT16_MIN : (rounded > INT16_MAX ? INT16_MAX : rounded);
        output[i] = (int16_t)clamped;
    }
}

void engine_dequantize_s16_f32(const engine_affine_params *params, const int16_t *input,
                               float *output)
{
    engine_affine_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        output[i] = p.scale * (float)input[i];
    }
}
