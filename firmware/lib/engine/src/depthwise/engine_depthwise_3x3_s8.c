/* Depthwise convolution with 3x3 kernels: each channel is copied into a padded plane, so that the
 * taps of a row lie side by side. */
#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "core/engine_dot.h"
#include "core/engine_output_s8.h"

#if !ENGINE_PLANES
/* Without planes the layer is computed like any other. */
void engine_depthwise_3x3_s8(const engine_conv_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output)
{
    (void)scratch;
    engine_depthwise_s8(params, input, weights, bias, multipliers, shifts, output);
}

#else

/* Clear the plane by words. `volatile` keeps the compiler from calling memset(), which goes byte by
 * byte in small C libraries. */
static void clear(int16_t *plane, size_t elements)
{
    typedef uint32_t __attribute__((may_alias)) word_of_taps;
    volatile word_of_taps *word = (word_of_taps *)(void *)plane;
    for (size_t words = (elements + 1) / 2; words > 0; words--) {
        *word++ = 0;
    }
}

/* Copy `count` rows of a channel, from row `first` on, into rows of `pitch` elements. Rows outside
 * the input are cleared; the padding at the sides is not written. */
static void fill(int16_t *to, size_t pitch, const engine_window *g, const int8_t *channel,
                 int32_t offset, int first, int count)
{
    const size_t in_c = (size_t)g->in_c;
    const size_t left = (size_t)g->pad_left;
    const size_t room = pitch - left;
    const size_t columns = (size_t)g->in_w < room ? (size_t)g->in_w : room;
    const int end = first + count < g->in_h ? first + count : g->in_h;
    const int begin = first > 0 ? first : 0;
    const size_t in_row = (size_t)g->in_w * in_c;
    const int8_t *row = channel + (size_t)begin * in_row;
    clear(to, (size_t)(begin - first) * pitch);
    to += (size_t)(begin - first) * pitch;
    clear(to + (size_t)(end - begin) * pitch, (size_t)(first + count - end) * pitch);
    to += left;
    for (int rows = end - begin; rows > 0; rows--) {
        const int8_t *x = row;
        int16_t *tap = to;
        _Pragma("GCC unroll 4") for (size_t i = columns; i > 0; i--)
        {
            *tap++ = (int16_t)(*x + offset);
            x += in_c;
        }
        row += in_row;
        to += pitch;
    }
}

/* Write the outputs of sums [count], `distance` bytes apart. */
static void write_outputs(int8_t *to, size_t distance, const int32_t *sums, size_t count,
                          int32_t multiplier, int shift, const engine_rescale *r)
{
#if ENGINE_SATURATES
    if (shift < 0) {
        const uint32_t places = (uint32_t)~shift;
        const int32_t offset = 2 * r->offset + 1;
        _Pragma("GCC unroll 4") for (; count > 0; count--)
        {
            *to = (int8_t)engine_narrow(*sums++, multiplier, places, offset);
            to += distance;
        }
        return;
    }
#endif
    for (; count > 0; count--) {
        *to = engine_output_s8(*sums++, multiplier, shift, r);
        to += distance;
    }
}

void engine_depthwise_3x3_s8(const engine_conv_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output)
{
    const engine_window *g = &params->window;
    const size_t positions = (size_t)g->out_h * (size_t)g->out_w;
    int32_t *const sums = scratch; /* and one more: sums are written in pairs */
    int16_t *const plane =
        (int16_t *)(void *)(sums +
                            (positions < ENGINE_DEPTHWISE_SUMS ? positions
                                                               : ENGINE_DEPTHWISE_SUMS) +
                            1);
    const size_t channels = (size_t)g->in_c;
    const engine_rescale rescale = {
        NULL, NULL, 0, params->output_offset, params->activation_min, params->activation_max,
    };
    /* elements of a row that pairs of outputs read */
    const size_t pitch = (size_t)g->stride_w * (((size_t)g->out_w + 1) & ~(size_t)1) + 2;
    const int by_plane = ((int)(ENGINE_DEPTHWISE_PLANE / pitch) - 3) / g->stride_h + 1;
    const int by_sums = ENGINE_DEPTHWISE_SUMS / g->out_w;
    const int most = by_plane < by_sums ? by_plane : by_sums;
    engine_plane_rows out = {
        .columns = g->out_w, .pitch = pitch, .stride_h = g->stride_h, .stride_w = g->stride_w};

    for (size_t c = 0; c < channels; c++) {
        int8_t *to = output + c;
        for (int oy = 0; oy < g->out_h; oy += most) {
            const int left = g->out_h - oy;
            out.rows = left < most ? left : most;
            const size_t count = (size_t)out.rows * (size_t)g->out_w;
            const int rows = (out.rows - 1) * g->stride_h + 3;
            if (c == 0 && oy == 0) {
                clear(plane, (size_t)rows * pitch);
            }
            fill(plane, pitch, g, input + c, params->input_offset, oy * g->stride_h - g->pad_top,
                 rows);
            engine_add_plane(sums, &out, plane, weights + c, channels, bias[c]);
            write_outputs(to, channels, sums, count, multipliers[c], shifts[c], &rescale);
            to += count * channels;
        }
    }
    engine_clamp_outputs_s8(output, positions * channels, &rescale);
}
#endif
