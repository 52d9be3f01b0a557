#include "engine_kernels_f32.h"

#include <math.h>

#include "engine_flash.h"

void engine_softmax_f32(const engine_softmax_f32_params *params, const float *input, float *output)
{
    engine_softmax_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        float max = input[0];
        for (uint16_t i = 1; i < p.depth; i++) {
            max = input[i] > max ? input[i] : max;
        }
        float sum = 0.0f;
        for (uint16_t i = 0; i < p.depth; i++) {
            output[i] = expf((input[i] - max) * p.beta);
            sum += output[i];
        }
        for (uint16_t i = 0; i < p.depth; i++) {
            output[i] /= sum;
        }
        input += p.depth;
        output += p.depth;
    }
}
