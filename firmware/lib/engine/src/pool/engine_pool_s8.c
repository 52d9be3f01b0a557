#include "engine_kernels_s8.h"

#include <stddef.h>

#include "core/engine_dot.h"
#include "core/engine_requantize.h"
#include "engine_flash.h"

#if ENGINE_QUADS
static inline uint32_t max_of_4(const int8_t *x, size_t x_row, size_t x_column, int rows,
                                int columns)
{
    uint32_t best = 0x80808080u;
    for (; rows > 0; rows--) {
        const int8_t *tap = x;
        for (int i = columns; i > 0; i--) {
            best = engine_max_4(engine_load_4(tap), best);
            tap += x_column;
        }
        x += x_row;
    }
    return best;
}
#endif

void engine_max_pool_s8(const engine_pool_s8_params *params, const int8_t *input, int8_t *output)
{
    engine_pool_s8_params p;
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
            const int8_t *window =
                input + (size_t)rows.start * in_row + (size_t)cols.start * channels;
            size_t left = channels;
#if ENGINE_QUADS
            for (; left >= 4; left -= 4) {
                const uint32_t best = max_of_4(window, in_row, channels, rows.count, cols.count);
                engine_store_4(output, engine_clamp_4(best, p.activation_min, p.activation_max));
                window += 4;
                output += 4;
            }
#endif
            for (; left > 0; left--) {
                int8_t best = INT8_MIN;
                const int8_t *row = window++;
                for (int ky = 0; ky < rows.count; ky++) {
                    const int8_t *x = row;
                    for (int kx = 0; kx < cols.count; kx++) {
                        best = *x > best ? *x : best;
                        x += channels;
                    }
                    row += in_row;
                }
                *output++ = engine_clamp_s8(best, p.activation_min, p.activation_max);
            }
        }
    }
}

/* A sum divided by the number of taps, halves away from zero. */
#define ENGINE_MEAN(sum, taps) (((sum) > 0 ? (sum) + (taps) / 2 : (sum) - (taps) / 2) / (taps))

void engine_average_pool_s8(const engine_pool_s8_params *params, const int8_t *input,
                            int8_t *output)
{
    engine_pool_s8_params p;
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
            const int32_t taps = (int32_t)rows.count * cols.count;
            const int8_t *window =
                input + (size_t)rows.start * in_row + (size_t)cols.start * channels;
            int c = 0;
#if ENGINE_CHANNELS == 8
            for (; c + ENGINE_CHANNELS <= g->in_c; c += ENGINE_CHANNELS) {
                int32_t sums[ENGINE_CHANNELS];
                engine_add_window(sums, window, in_row, channels, rows.count, cols.count);
                for (int i = 0; i < ENGINE_CHANNELS; i++) {
                    *output++ = engine_clamp_s8(ENGINE_MEAN(sums[i], taps), p.activation_min,
                                                p.activation_max);
                }
                window += ENGINE_CHANNELS;
            }
#endif
            for (; c < g->in_c; c++) {
                int32_t sum = 0;
                const int8_t *row = window++;
                for (int ky = 0; ky < rows.count; ky++) {
                    const int8_t *x = row;
                    for (int kx = 0; kx < cols.count; kx++) {
                        sum += *x;
                        x += channels;
                    }
                    row += in_row;
                }
                sum = ENGINE_MEAN(sum, taps);
                *output++ = engine_clamp_s8(sum, p.activation_min, p.activation_max);
            }
        }
    }
}
