#include "engine_filters_s8.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"

void engine_conv_s8(const engine_conv_s8_params *params, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const int dilated = g->dilation_w != 1;
    const size_t in_c = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    const engine_filters filters = {
        .weights = weights,
        .bias = bias,
        .count = (size_t)g->out_c,
        .rows = g->kernel_h,
        .runs = dilated ? g->kernel_w : 1,
        .run = engine_stored_taps(dilated ? in_c : (size_t)g->kernel_w * in_c),
        .x_row = (size_t)g->dilation_h * in_row,
        .x_run = (size_t)g->dilation_w * in_c,
        .pad_value = (int8_t)-p.input_offset,
        .rescale = {multipliers, shifts, 1, p.output_offset, p.activation_min, p.activation_max},
    };

    engine_view views[ENGINE_PIXELS];
    int pixels = 0;
    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        const int8_t *row = input + (size_t)rows.start * in_row;
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps columns =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            engine_view *view = &views[pixels++];
            view->x = row + (size_t)columns.start * in_c;
            view->first_row = rows.first;
            view->rows = rows.count;
            if (dilated) {
                view->first_run = columns.first;
                view->runs = columns.count;
                view->first = 0;
                view->last = in_c;
            } else {
                view->first_run = 0;
                view->runs = 1;
                view->first = (size_t)columns.first * in_c;
                view->last = view->first + (size_t)columns.count * in_c;
            }
            view->whole = rows.count == g->kernel_h && columns.count == g->kernel_w;
            if (pixels == ENGINE_PIXELS) {
                engine_filters_s8(&filters, views, pixels, output);
                output += ENGINE_PIXELS * filters.count;
                pixels = 0;
            }
        }
    }
    if (pixels > 0) {
        engine_filters_s8(&filters, views, pixels, output);
    }
}
