#include "engine_core.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"
#include "core/engine_plain_s8.h"

static void all_rows(const engine_fc_s8_params *p, const int8_t *input, const int8_t *weights,
                     const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                     size_t step, int8_t *output)
{
    const engine_plain filters = {
        .weights = weights,
        .bias = bias,
        .count = p->outputs,
        .taps = p->depth,
        .rescale = {multipliers, shifts, step, p->output_offset, p->activation_min,
                    p->activation_max},
    };
    engine_plain_s8(&filters, input, p->rows, output);
}

void engine_fc_plain_s8(const engine_fc_s8_params *params, const int8_t *input,
                        const int8_t *weights, const int32_t *bias, int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
#if ENGINE_FLASH_PARAMS
    all_rows(&p, input, weights, bias, &params->multiplier, &params->shift, 0, output);
#else
    const int32_t multipliers[] = {p.multiplier, p.multiplier, p.multiplier, p.multiplier};
    const int8_t shifts[] = {p.shift, p.shift, p.shift, p.shift};
    all_rows(&p, input, weights, bias, multipliers, shifts, 0, output);
#endif
}

void engine_fc_plain_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                                    const int8_t *weights, const int32_t *bias,
                                    const int32_t *multipliers, const int8_t *shifts,
                                    int8_t *output)
{
    engine_fc_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    all_rows(&p, input, weights, bias, multipliers, shifts, 1, output);
}
