#include "engine_kernels_f32.h"

#include <stddef.h>

#include "engine_clamp_f32.h"
#include "engine_flash.h"

void engine_fc_f32(const engine_fc_f32_params *params, const float *input, const float *weights,
                   const float *bias, float *output)
{
    engine_fc_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const float *w = weights;
        for (uint16_t i = 0; i < p.outputs; i++) {
            float sum = 0.0f;
            for (uint16_t k = 0; k < p.depth; k++) {
                sum += input[k] * engine_flash_f32(w++);
            }
            sum += engine_flash_f32(bias + i);
            *output++ = engine_clamp_f32(sum, p.activation_min, p.activation_max);
        }
        input += p.depth;
    }
}
