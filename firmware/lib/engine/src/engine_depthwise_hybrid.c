#include "engine_hybrid.h"

void engine_depthwise_hybrid(const engine_window_hybrid_params *params, const float *input,
                             const int8_t *weights, const float *scales, const float *bias,
                             void *scratch, float *output)
{
    ENGINE_PARAMS(engine_window_hybrid_params, p, params);
    const engine_window *g = &p->window;
    const size_t in_c = (size_t)g->in_c;
    const size_t out_c = (size_t)g->out_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    const int multiplier = g->out_c / g->in_c;
    int8_t *const quantised = scratch;
    const engine_hybrid_scale scale =
        engine_hybrid_quantise(quantised, input, (size_t)g->in_h * in_row, p->asymmetric != 0);

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const int8_t *window =
                quantised + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const int8_t *filter =
                weights + ((size_t)rows.first * (size_t)g->kernel_w + (size_t)cols.first) * out_c;
            for (int oc = 0; oc < g->out_c; oc++) {
                engine_hybrid_sum sum = {0, 0};
                for (int ky = 0; ky < rows.count; ky++) {
                    const int8_t *x =
                        window + (size_t)(oc / multiplier) + (size_t)(ky * g->dilation_h) * in_row;
                    const int8_t *w = filter + oc + (size_t)(ky * g->kernel_w) * out_c;
                    for (int kx = 0; kx < cols.count; kx++) {
                        engine_hybrid_add_run(&sum, x, w, 1);
                        x += (size_t)g->dilation_w * in_c;
                        w += out_c;
                    }
                }
                const float weight_scale = engine_flash_f32(scales + (p->per_channel ? oc : 0));
                const float value = engine_hybrid_real(sum, scale, weight_scale, 1);
                *output++ = engine_clamp_f32(value + engine_flash_f32(bias + oc), p->activation_min,
                                             p->activation_max);
            }
        }
    }
}
