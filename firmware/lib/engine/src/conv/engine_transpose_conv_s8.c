#include "engine_kernels_s8.h"
#include "core/engine_output_s8.h"
#include "core/engine_requantize.h"

#include <stddef.h>

/* The input coordinate that kernel tap `tap` carries to output coordinate `at`, -1 where none. */
static int source_of(int at, int tap, int stride, int size)
{
    const int scaled = at - tap;
    return scaled >= 0 && scaled % stride == 0 && scaled / stride < size ? scaled / stride : -1;
}

void engine_transpose_conv_s8(const engine_conv_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, int8_t *output)
{
    ENGINE_PARAMS(engine_conv_s8_params, p, params);
    const engine_window *g = &p->window;
    const size_t in_c = (size_t)g->in_c;
    const size_t filter = (size_t)g->kernel_h * (size_t)g->kernel_w * in_c;

    for (int oy = 0; oy < g->out_h; oy++) {
        for (int ox = 0; ox < g->out_w; ox++) {
            for (int oc = 0; oc < g->out_c; oc++) {
                int32_t sum = engine_flash_i32(bias + oc);
                const int8_t *w = weights + (size_t)oc * filter;
                for (int ky = 0; ky < g->kernel_h; ky++) {
                    const int y = source_of(oy + g->pad_top, ky, g->stride_h, g->in_h);
                    for (int kx = 0; kx < g->kernel_w; kx++) {
                        const int x_at = source_of(ox + g->pad_left, kx, g->stride_w, g->in_w);
                        if (y >= 0 && x_at >= 0) {
                            const int8_t *x =
                                input + ((size_t)y * (size_t)g->in_w + (size_t)x_at) * in_c;
                            for (size_t c = 0; c < in_c; c++) {
                                sum += (x[c] + p->input_offset) * engine_flash_i8(w + c);
                            }
                        }
                        w += in_c;
                    }
                }
                const int32_t q = engine_requantize(sum, engine_flash_i32(multipliers + oc),
                                                    engine_flash_i8(shifts + oc)) +
                                  p->output_offset;
                *output++ = engine_clamp_s8(q, p->activation_min, p->activation_max);
            }
        }
    }
}
