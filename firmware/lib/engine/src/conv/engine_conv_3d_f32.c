#include "engine_kernels_f32.h"

#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "core/engine_dot_f32.h"
#include "engine_flash.h"

/* The taps of a window that lie inside the input, along one axis. */
static engine_taps inside(const engine_axis_3d *axis, int position)
{
    return engine_clip(position * axis->stride - axis->pad, axis->size, axis->kernel,
                       axis->dilation);
}

void engine_conv_3d_f32(const engine_conv_3d_f32_params *params, const float *input,
                        const float *weights, const float *bias, float *output)
{
    engine_conv_3d_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const size_t in_c = p.in_c;
    const size_t in_row = (size_t)p.columns.size * in_c, in_plane = (size_t)p.rows.size * in_row;
    const size_t w_row = (size_t)p.columns.kernel * in_c, w_plane = (size_t)p.rows.kernel * w_row;
    const size_t filter = (size_t)p.planes.kernel * w_plane;
    const size_t x_row = (size_t)p.rows.dilation * in_row;
    const size_t x_run = (size_t)p.columns.dilation * in_c;
    for (int oz = 0; oz < p.planes.out; oz++) {
        const engine_taps planes = inside(&p.planes, oz);
        for (int oy = 0; oy < p.rows.out; oy++) {
            const engine_taps rows = inside(&p.rows, oy);
            for (int ox = 0; ox < p.columns.out; ox++) {
                const engine_taps columns = inside(&p.columns, ox);
                const float *first = weights + (size_t)planes.first * w_plane +
                                     (size_t)rows.first * w_row + (size_t)columns.first * in_c;
                const float *begin = input + (size_t)planes.start * in_plane +
                                     (size_t)rows.start * in_row + (size_t)columns.start * in_c;
                for (uint16_t oc = 0; oc < p.out_c; oc++) {
                    float sum = 0.0f;
                    for (int z = 0; z < planes.count; z++) {
                        const float *x = begin + (size_t)z * (size_t)p.planes.dilation * in_plane;
                        const float *w = first + (size_t)z * w_plane;
                        for (int y = 0; y < rows.count; y++) {
                            const float *xr = x + (size_t)y * x_row;
                            const float *wr = w + (size_t)y * w_row;
                            for (int i = 0; i < columns.count; i++) {
                                engine_dot_f32(&sum, 1, xr, wr, filter, in_c);
                                xr += x_run;
                                wr += in_c;
                            }
                        }
                    }
                    *output++ = engine_clamp_f32(sum + engine_flash_f32(bias + oc),
                                                 p.activation_min, p.activation_max);
                    first += filter;
                }
            }
        }
    }
}
