#include "engine_kernels_f32.h"

#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "core/engine_dot_f32.h"
#include "engine_flash.h"

static inline __attribute__((always_inline)) void some_outputs(const engine_fc_f32_params *p,
                                                               int filters, const float *input,
                                                               const float *weights,
                                                               const float *bias, float *output)
{
    float sums[ENGINE_FILTERS] = {0.0f};
    engine_dot_f32(sums, filters, input, weights, p->depth, p->depth);
    for (int f = 0; f < filters; f++) {
        output[f] = engine_clamp_f32(sums[f] + engine_flash_f32(bias + f), p->activation_min,
                                     p->activation_max);
    }
}

void engine_fc_f32(const engine_fc_f32_params *params, const float *input, const float *weights,
                   const float *bias, float *output)
{
    engine_fc_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const float *w = weights;
        uint16_t i = 0;
#if ENGINE_FILTERS > 1
        for (; i + ENGINE_FILTERS <= p.outputs; i += ENGINE_FILTERS) {
            some_outputs(&p, ENGINE_FILTERS, input, w, bias + i, output);
            output += ENGINE_FILTERS;
            w += (size_t)ENGINE_FILTERS * p.depth;
        }
#endif
        for (; i < p.outputs; i++) {
            some_outputs(&p, 1, input, w, bias + i, output++);
            w += p.depth;
        }
        input += p.depth;
    }
}
