#include "engine_kernels_f32.h"

#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"

void engine_add_f32(const engine_add_f32_params *params, const float *input1, const float *input2,
                    float *output)
{
    engine_add_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        output[i] = engine_clamp_f32(input1[i] + input2[i], p.activation_min, p.activation_max);
    }
}
