#include "engine_kernels_elementwise.h"

#include <math.h>
#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"

void engine_clamp_each_f32(const engine_unary_f32_params *params, const float *input, float *output)
{
    engine_unary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float x = input[i];
        output[i] = engine_clamp_f32(x, p.activation_min, p.activation_max);
    }
}

void engine_leaky_relu_f32(const engine_unary_f32_params *params, const float *input, float *output)
{
    engine_unary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float x = input[i];
        output[i] = x > 0.0f ? x : x * p.alpha;
    }
}

void engine_logistic_f32(const engine_unary_f32_params *params, const float *input, float *output)
{
    engine_unary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float x = input[i];
        output[i] = 1.0f / (1.0f + expf(-x));
    }
}

void engine_tanh_f32(const engine_unary_f32_params *params, const float *input, float *output)
{
    engine_unary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float x = input[i];
        output[i] = tanhf(x);
    }
}

void engine_hard_swish_f32(const engine_unary_f32_params *params, const float *input, float *output)
{
    engine_unary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const float x = input[i];
        output[i] = x * engine_clamp_f32(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}
