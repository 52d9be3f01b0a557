#include "engine_kernels_f32.h"

#include <float.h>
#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"

void engine_max_pool_f32(const engine_window_f32_params *params, const float *input, float *output)
{
    engine_window_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t channels = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * channels;

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, 1);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, 1);
            const float *window =
                input + (size_t)rows.start * in_row + (size_t)cols.start * channels;
            for (int c = 0; c < g->in_c; c++) {
                float best = -FLT_MAX;
                const float *row = window++;
                for (int ky = 0; ky < rows.count; ky++) {
                    const float *x = row;
                    for (int kx = 0; kx < cols.count; kx++) {
                        best = *x > best ? *x : best;
                        x += channels;
                    }
                    row += in_row;
                }
                *output++ = engine_clamp_f32(best, p.activation_min, p.activation_max);
            }
        }
    }
}

void engine_average_pool_f32(const engine_window_f32_params *params, const float *input,
                             float *output)
{
    engine_window_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t channels = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * channels;

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, 1);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, 1);
            const float taps = (float)((int32_t)rows.count * cols.count);
            const float *window =
                input + (size_t)rows.start * in_row + (size_t)cols.start * channels;
            for (int c = 0; c < g->in_c; c++) {
                float sum = 0.0f;
                const float *row = window++;
                for (int ky = 0; ky < rows.count; ky++) {
                    const float *x = row;
                    for (int kx = 0; kx < cols.count; kx++) {
                        sum += *x;
                        x += channels;
                    }
                    row += in_row;
                }
                *output++ = engine_clamp_f32(sum / taps, p.activation_min, p.activation_max);
            }
        }
    }
}
