#include "core/engine_clamp_f32.h"
#include "core/engine_dot_hybrid.h"
#include "core/engine_row_hybrid.h"

static inline __attribute__((always_inline)) void
some_outputs(const engine_fc_hybrid_params *p, int filters, const int8_t *row, engine_row_tail tail,
             const int8_t *weights, const float *bias, const float *scales, float *output)
{
    int32_t sums[ENGINE_FILTERS] = {0};
    engine_dot_hybrid(sums, filters, row, (int)tail.zero_point, weights, p->depth, p->depth);
    for (int f = 0; f < filters; f++) {
        const float scale = tail.scale * engine_flash_f32(scales + (p->per_channel ? f : 0));
        output[f] = engine_clamp_f32(engine_flash_f32(bias + f) + (float)sums[f] * scale,
                                     p->activation_min, p->activation_max);
    }
}

void engine_fc_hybrid(const engine_fc_hybrid_params *params, const int8_t *input,
                      const int8_t *weights, const float *bias, const float *scales, float *output)
{
    engine_fc_hybrid_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const engine_row_tail tail = engine_row_read(input, p.depth);
        const int8_t *w = weights;
        uint16_t i = 0;
#if ENGINE_FILTERS > 1
        for (; i + ENGINE_FILTERS <= p.outputs; i += ENGINE_FILTERS) {
            some_outputs(&p, ENGINE_FILTERS, input, tail, w, bias + i,
                         scales + (p.per_channel ? i : 0), output);
            output += ENGINE_FILTERS;
            w += (size_t)ENGINE_FILTERS * p.depth;
        }
#endif
        for (; i < p.outputs; i++) {
            some_outputs(&p, 1, input, tail, w, bias + i, scales + (p.per_channel ? i : 0),
                         output++);
            w += p.depth;
        }
        input += ENGINE_ROW_PITCH(p.depth);
    }
}
