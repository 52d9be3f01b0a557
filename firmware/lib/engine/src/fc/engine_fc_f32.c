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

#if ENGINE_PIXELS_F32 > 1
/* Write the outputs of ENGINE_PIXELS_F32 rows; the filters are whole blocks. */
static void rows_outputs(const engine_fc_f32_params *p, const float *input, const float *weights,
                         const float *bias, float *output)
{
    const size_t depth = p->depth;
    for (size_t left = p->outputs / ENGINE_FILTERS; left > 0; left--) {
        float sums[ENGINE_PIXELS_F32 * ENGINE_FILTERS] = {0.0f};
        engine_dot_f32_pixels(sums, input, depth, weights, depth, depth);
        for (size_t row = 0; row < ENGINE_PIXELS_F32; row++) {
            engine_lanes_outputs_f32(output + row * p->outputs, sums + row * ENGINE_FILTERS, bias,
                                     p->activation_min, p->activation_max);
        }
        output += ENGINE_FILTERS;
        bias += ENGINE_FILTERS;
        weights += ENGINE_FILTERS * depth;
    }
}
#endif

void engine_fc_f32(const engine_fc_f32_params *params, const float *input, const float *weights,
                   const float *bias, float *output)
{
    engine_fc_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const float *w = weights;
#if ENGINE_PIXELS_F32 > 1
        if (row + ENGINE_PIXELS_F32 <= p.rows && p.outputs % ENGINE_FILTERS == 0) {
            rows_outputs(&p, input, weights, bias, output);
            input += ENGINE_PIXELS_F32 * (size_t)p.depth;
            output += ENGINE_PIXELS_F32 * (size_t)p.outputs;
            row = (uint16_t)(row + ENGINE_PIXELS_F32 - 1);
            continue;
        }
#endif
        uint16_t i = 0;
#if ENGINE_FILTERS > 1
        for (; i + ENGINE_FILTERS <= p.outputs; i += ENGINE_FILTERS) {
            some_outputs(&p, ENGINE_FILTERS, input, w, bias + i, output);
            output += ENGINE_FILTERS;
            w += (size_t)ENGINE_FILTERS * p.depth;
        }
#endif
#if ENGINE_LANES_F32 > 1
        if (i < p.outputs) {
            some_outputs(&p, p.outputs - i, input, w, bias + i, output);
            output += p.outputs - i;
        }
#else
        for (; i < p.outputs; i++) {
            some_outputs(&p, 1, input, w, bias + i, output++);
            w += p.depth;
        }
#endif
        input += p.depth;
    }
}
