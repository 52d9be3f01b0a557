#include "engine_kernels_s8.h"

#include <math.h>
#include <stddef.h>

#include "engine_flash.h"
#include "core/engine_requantize.h"

void engine_requantize_s8(const engine_requantize_s8_params *params, const int8_t *input,
                          int8_t *output)
{
    engine_requantize_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t q = engine_requantize(input[i] + p.input_offset, p.multiplier, p.shift);
        output[i] = engine_clamp_s8(q + p.output_offset, INT8_MIN, INT8_MAX);
    }
}

void engine_quantize_f32_s8(const engine_affine_params *params, const float *input, int8_t *output)
{
    engine_affine_params p;
    engine_flash_copy(&p, params, sizeof p);
    const float low = (float)(INT8_MIN - p.zero_point);
    const float high = (float)(INT8_MAX - p.zero_point);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float rounded = roundf(input[i] / p.scale);
        const float clamped = !(rounded > low) ? low : (rounded > high ? high : rounded);
        output[i] = (int8_t)((int32_t)clamped + p.zero_point);
    }
}

void engine_dequantize_s8_f32(const engine_affine_params *params, const int8_t *input,
                              float *output)
{
    engine_affine_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        output[i] = p.scale * (float)(input[i] - p.zero_point);
    }
}
