#include "core/engine_dot_s16.h"
#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

static inline __attribute__((always_inline)) void some_outputs(const engine_rescale_s16 *rescale,
                                                               int filters, const int16_t *row,
                                                               size_t depth, const int8_t *weights,
                                                               size_t first, int16_t *output)
{
    int64_t sums[ENGINE_FILTERS] = {0};
    engine_dot_s16(sums, filters, row, weights, depth, depth);
    for (int f = 0; f < filters; f++) {
        output[f] = engine_output_s16(sums[f], rescale, first + (size_t)f);
    }
}

void engine_fc_s16(const engine_fc_s16_params *params, const int16_t *input, const int8_t *weights,
                   const int64_t *bias, const int16_t *multipliers, const int8_t *shifts,
                   int16_t *output)
{
    engine_fc_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_rescale_s16 rescale = {bias, multipliers, shifts, p.activation_min,
                                        p.activation_max};
    for (uint16_t row = 0; row < p.rows; row++) {
        const int8_t *w = weights;
        uint16_t i = 0;
#if ENGINE_FILTERS > 1
        for (; i + ENGINE_FILTERS <= p.outputs; i += ENGINE_FILTERS) {
            some_outputs(&rescale, ENGINE_FILTERS, input, p.depth, w, i, output);
            output += ENGINE_FILTERS;
            w += (size_t)ENGINE_FILTERS * p.depth;
        }
#endif
        for (; i < p.outputs; i++) {
            some_outputs(&rescale, 1, input, p.depth, w, i, output++);
            w += p.depth;
        }
        input += p.depth;
    }
}
