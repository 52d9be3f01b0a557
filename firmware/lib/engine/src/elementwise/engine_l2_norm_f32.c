#include <math.h>

#include "engine_flash.h"
#include "engine_kernels_state.h"

#define LEAST_LENGTH 1e-6f /* as TensorFlow Lite has it: rows of zeros stay zeros */

void engine_l2_norm_f32(const engine_l2_norm_params *params, const float *input, float *output)
{
    engine_l2_norm_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint32_t row = 0; row < p.rows; row++) {
        float sum = 0.0f;
        for (uint32_t i = 0; i < p.depth; i++) {
            sum += input[i] * input[i];
        }
        const float root = sqrtf(sum);
        const float length = root < LEAST_LENGTH ? LEAST_LENGTH : root;
        for (uint32_t i = 0; i < p.depth; i++) {
            output[i] = input[i] / length;
        }
        input += p.depth;
        output += p.depth;
    }
}
