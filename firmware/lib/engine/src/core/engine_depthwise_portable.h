/* Depthwise int8 layers: the contracts, and C for every core; see engine_dot.h. */
#ifndef ENGINE_DEPTHWISE_PORTABLE_H
#define ENGINE_DEPTHWISE_PORTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_depthwise.h"
#include "engine_core.h"

/* ENGINE_CHANNELS neighbouring channels, each with a filter of its own. Where there are 4:
 *
 *     void engine_add_channels(int32_t *sums, const engine_channel_taps *t, const int8_t *x,
 *                              const int8_t *w)
 *         Add to sums [4] the products of taps x and weights w.
 *
 * Where there are 8:
 *
 *     void engine_channels_outputs(int8_t *to, const engine_channel_taps *t, const int8_t *x,
 *                                  const int8_t *w, const int32_t *bias, const engine_rescale *r,
 *                                  size_t channels)
 *         Write outputs [channels], a multiple of 8, of the sums from bias [channels] on; r is that
 *         of the first channel.
 *
 *     void engine_add_window(int32_t *sums, const int8_t *x, size_t x_row, size_t x_column,
 *                            int rows, int columns)
 *         Write sums [8] of the taps of an average pool's window, the first at x. */

/* Write the sums of 3x3 windows, bias included: sums [rows][columns], one more may be overwritten.
 * The first window begins at `plane`; the tap (y, x) of the kernel is
 * weights[(3 * y + x) * channels]. Loads up to three elements beyond a row's last tap. */
#if ENGINE_PLANES && !defined(engine_add_plane)
/* Adds one row of the kernel to four sums; each tap is loaded once. */
static inline __attribute__((always_inline)) void
engine_add_plane_row(int32_t *sums, const int16_t *x, const int32_t *w)
{
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2];
    int32_t tap = x[0];
    sums[0] += tap * w0;
    tap = x[1];
    sums[0] += tap * w1;
    sums[1] += tap * w0;
    tap = x[2];
    sums[0] += tap * w2;
    sums[1] += tap * w1;
    sums[2] += tap * w0;
    tap = x[3];
    sums[1] += tap * w2;
    sums[2] += tap * w1;
    sums[3] += tap * w0;
    tap = x[4];
    sums[2] += tap * w2;
    sums[3] += tap * w1;
    sums[3] += x[5] * w2;
}

static inline int32_t engine_plane_sum(const int16_t *x, size_t pitch, const int32_t *w,
                                       int32_t bias)
{
    int32_t sum = bias + x[0] * w[0] + x[1] * w[1] + x[2] * w[2];
    x += pitch;
    sum += x[0] * w[3] + x[1] * w[4] + x[2] * w[5];
    x += pitch;
    return sum + x[0] * w[6] + x[1] * w[7] + x[2] * w[8];
}

static inline void engine_add_plane(int32_t *sums, const engine_plane_rows *out,
                                    const int16_t *plane, const int8_t *weights, size_t channels,
                                    int32_t bias)
{
    const size_t pitch = out->pitch;
    int32_t w[9];
    for (int i = 0; i < 9; i++) {
        w[i] = *weights;
        weights += channels;
    }
    for (int left = out->rows; left > 0; left--) {
        const int16_t *x = plane;
        int32_t *const end = sums + out->columns;
        if (out->stride_w == 1) {
            for (; end - sums >= 4; sums += 4) {
                int32_t four[4] = {bias, bias, bias, bias};
                engine_add_plane_row(four, x, w);
                engine_add_plane_row(four, x + pitch, w + 3);
                engine_add_plane_row(four, x + 2 * pitch, w + 6);
                sums[0] = four[0];
                sums[1] = four[1];
                sums[2] = four[2];
                sums[3] = four[3];
                x += 4;
            }
        }
        for (; sums != end; sums++) {
            *sums = engine_plane_sum(x, pitch, w, bias);
            x += out->stride_w;
        }
        plane += (size_t)out->stride_h * pitch;
    }
}
#endif

#endif
