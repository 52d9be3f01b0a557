#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"
#include "engine_kernels_state.h"

void engine_svdf_f32(const engine_svdf_f32_params *params, const float *input, float *state,
                     const float *feature_weights, const float *time_weights, const float *bias,
                     float *output)
{
    engine_svdf_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t unit = 0; unit < p.units; unit++) {
        float sum = engine_flash_f32(bias + unit);
        for (uint16_t filter = 0; filter < p.rank; filter++) {
            float projected = 0.0f;
            for (uint16_t i = 0; i < p.inputs; i++) {
                projected += input[i] * engine_flash_f32(feature_weights++);
            }
            float weighed = 0.0f;
            for (uint16_t t = 1; t < p.memory; t++) {
                state[t - 1] = state[t];
                weighed += state[t] * engine_flash_f32(time_weights++);
            }
            state[p.memory - 1] = projected;
            sum += weighed + projected * engine_flash_f32(time_weights++);
            state += p.memory;
        }
        output[unit] = engine_clamp_f32(sum, p.activation_min, p.activation_max);
    }
}
