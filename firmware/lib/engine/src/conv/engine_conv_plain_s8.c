#include "engine_flash.h"
#include "conv/engine_join_s8.h"
#include "engine_kernels_s8.h"
#include "core/engine_plain_s8.h"

static engine_plain filters_of(const engine_conv_s8_params *p, const int8_t *weights,
                               const int32_t *bias, const int32_t *multipliers,
                               const int8_t *shifts)
{
    const engine_window *g = &p->window;
    return (engine_plain){
        .weights = weights,
        .bias = bias,
        .count = (size_t)g->out_c,
        .taps = (size_t)g->kernel_h * (size_t)g->kernel_w * (size_t)g->in_c,
        .rescale = {multipliers, shifts, 1, p->output_offset, p->activation_min, p->activation_max},
    };
}

void engine_conv_plain_s8(const engine_conv_s8_params *params, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                          const int8_t *shifts, void *scratch, int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_plain filters = filters_of(&p, weights, bias, multipliers, shifts);
    const engine_joining joining = engine_joining_of(&p.window, input, (int8_t)-p.input_offset);
    size_t count = 0;
    int8_t *to = scratch;
    for (int oy = 0; oy < p.window.out_h; oy++) {
        const engine_taps rows = engine_join_rows(&joining, oy);
        for (int ox = 0; ox < p.window.out_w; ox++) {
            engine_join(to, &joining, rows, ox);
            to += filters.taps;
            if (++count == ENGINE_PLAIN_WINDOWS) {
                engine_plain_s8(&filters, scratch, count, output);
                output += count * filters.count;
                count = 0;
                to = scratch;
            }
        }
    }
    engine_plain_s8(&filters, scratch, count, output);
}

void engine_conv_plain_max_pool_s8(const engine_conv_max_pool_s8_params *params,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   const int32_t *multipliers, const int8_t *shifts, void *scratch,
                                   int8_t *output)
{
    engine_conv_max_pool_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.conv.window;
    const engine_plain filters = filters_of(&p.conv, weights, bias, multipliers, shifts);
    const engine_joining joining = engine_joining_of(g, input, (int8_t)-p.conv.input_offset);
    for (int top = 0; top + p.pool_h <= g->out_h; top += p.pool_h) {
        for (int left = 0; left + p.pool_w <= g->out_w; left += p.pool_w) {
            int8_t *to = scratch;
            for (int oy = top; oy < top + p.pool_h; oy++) {
                const engine_taps rows = engine_join_rows(&joining, oy);
                for (int ox = left; ox < left + p.pool_w; ox++) {
                    engine_join(to, &joining, rows, ox);
                    to += filters.taps;
                }
            }
            engine_plain_max_s8(&filters, scratch, p.pool_h * p.pool_w, output);
            output += filters.count;
        }
    }
}
