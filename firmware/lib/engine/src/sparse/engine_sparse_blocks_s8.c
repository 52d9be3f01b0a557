#include "core/engine_dot.h"
#include "sparse/engine_sparse_s8.h"

/* Windows that share a block of weights; registers do not hold more. */
#define WINDOWS 2

/* `count` windows, 1 or 2, whose outputs lie one after the other. */
static inline __attribute__((always_inline)) void windows(const engine_sparse_layer_s8 *l,
                                                          const int8_t *weights, size_t count,
                                                          const int8_t *const x[WINDOWS],
                                                          int8_t *const to[WINDOWS])
{
    const uint8_t *heads = l->heads;
    const uint8_t *places = l->taps;
    const int32_t *bias = l->bias;
    size_t channel = 0;
    size_t place = 0;

    for (;;) {
        for (uint_fast8_t left = engine_next_u8(&heads); left > 0; left--) {
            const int8_t value = engine_next_i8(&heads);
            for (size_t i = 0; i < count; i++) {
                to[i][place] = value;
            }
            place++;
        }
        const uint_fast8_t live = engine_next_u8(&heads);
        if (live == 0) {
            return;
        }
        for (const size_t end = place + live; place != end; place++) {
            int32_t acc0 = engine_flash_i32(bias++);
            int32_t acc1 = acc0;
            for (uint_fast16_t s = 0; s < l->filters.segments; s++) {
                const size_t offset = engine_segment_offset(l->offsets, s);
                const int8_t *const x0 = x[0] + offset;
                const int8_t *const x1 = x[count - 1] + offset;
                for (uint_fast8_t left = engine_next_u8(&heads); left > 0; left--) {
                    const uint8_t at = engine_next_u8(&places);
                    const engine_sparse_quad four = engine_sparse_load_quad(weights);
                    weights += ENGINE_SPARSE_TAPS;
                    acc0 = engine_sparse_add_quad(acc0, x0 + at, four);
                    if (count == WINDOWS) {
                        acc1 = engine_sparse_add_quad(acc1, x1 + at, four);
                    }
                }
            }
            const int32_t multiplier = engine_flash_i32(l->multipliers + channel);
            const int shift = engine_flash_i8(l->shifts + channel);
            channel += l->output.rescale_step;
            to[0][place] = engine_sparse_output(acc0, multiplier, shift, l->output.offset);
            if (count == WINDOWS) {
                to[1][place] = engine_sparse_output(acc1, multiplier, shift, l->output.offset);
            }
        }
    }
}

void engine_sparse_blocks_s8(const engine_sparse_s8_params *params, const int8_t *input,
                             const uint8_t *heads, const uint8_t *places, const int8_t *weights,
                             const int32_t *offsets, const int32_t *bias,
                             const int32_t *multipliers, const int8_t *shifts, int8_t *output)
{
    ENGINE_PARAMS(engine_sparse_s8_params, p, params);
    const engine_sparse_layer_s8 l = {p->filters, p->output, heads,       places,
                                      offsets,    bias,      multipliers, shifts};
    const int8_t *x[WINDOWS];
    int8_t *to[WINDOWS];
    size_t waiting = 0;
    int8_t *const outputs = output;

    for (uint16_t oy = 0; oy < p->grid.out_h; oy++) {
        const int8_t *window = input;
        for (uint16_t ox = 0; ox < p->grid.out_w; ox++) {
            x[waiting] = window;
            to[waiting] = output;
            if (++waiting == WINDOWS) {
                windows(&l, weights, WINDOWS, x, to);
                waiting = 0;
            }
            window += p->grid.step_x;
            output += p->grid.out_c;
        }
        input += p->grid.step_y;
    }
    if (waiting > 0) {
        windows(&l, weights, 1, x, to);
    }
    engine_sparse_clamp(&l, outputs, (size_t)(output - outputs));
}
