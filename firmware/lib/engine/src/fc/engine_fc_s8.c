#include "core/engine_filters_s8.h"
#include "engine_core.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"

static void all_rows(const engine_fc_s8_params *p, const int8_t *input, const int8_t *weights,
                     const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                     size_t step, void *scratch, int8_t *output)
{
    const engine_filters filters = {
        .weights = weights,
        .bias = bias,
        .count = p->outputs,
        .rows = 1,
        .runs = 1,
        .run = engine_stored_taps(p->depth),
        .scratch = scratch,
        .packed = p->packed,
        .rescale = {multipliers, shifts, step, p->output_offset, p->activation_min,
                    p->activation_max},
    };
    engine_view views[ENGINE_PIXELS];
    for (int i = 0; i < ENGINE_PIXELS; i++) {
        views[i] = (engine_view){
            .x = input + (size_t)i * p->depth, .rows = 1, .runs = 1, .last = p->depth, .whole = 1};
    }
    for (size_t left = p->rows; left > 0;) {
        const int pixels = left < ENGINE_PIXELS ? (int)left : ENGINE_PIXELS;
        engine_filters_s8(&filters, views, pixels, output);
        for (int i = 0; i < ENGINE_PIXELS; i++) {
            views[i].x += ENGINE_PIXELS * (size_t)p->depth;
        }
        output += (size_t)pixels * p->outputs;
        left -= (size_t)pixels;
    }
}

void engine_fc_s8(const engine_fc_s8_params *params, const int8_t *input, const int8_t *weights,
                  const int32_t *bias, void *scratch, int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
#if ENGINE_FLASH_PARAMS
    all_rows(&p, input, weights, bias, &params->multiplier, &params->shift, 0, scratch, output);
#else
    const int32_t multipliers[] = {p.multiplier, p.multiplier, p.multiplier, p.multiplier};
    const int8_t shifts[] = {p.shift, p.shift, p.shift, p.shift};
    all_rows(&p, input, weights, bias, multipliers, shifts, 0, scratch, output);
#endif
}

void engine_fc_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, void *scratch,
                              int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    all_rows(&p, input, weights, bias, multipliers, shifts, 1, scratch, output);
}
