#include "engine_hybrid.h"

void engine_fc_hybrid(const engine_fc_hybrid_params *params, const float *input,
                      const int8_t *weights, const float *scales, const float *bias, void *scratch,
                      float *output)
{
    ENGINE_PARAMS(engine_fc_hybrid_params, p, params);
    int8_t *const quantised = scratch;

    for (uint16_t row = 0; row < p->rows; row++) {
        const engine_hybrid_scale scale =
            engine_hybrid_quantise(quantised, input, p->depth, p->asymmetric != 0);
        const int8_t *w = weights;
        for (uint16_t i = 0; i < p->outputs; i++) {
            engine_hybrid_sum sum = {0, 0};
            engine_hybrid_add_run(&sum, quantised, w, p->depth);
            const float weight_scale = engine_flash_f32(scales + (p->per_channel ? i : 0));
            const float value = engine_hybrid_real(sum, scale, weight_scale, 0);
            *output++ = engine_clamp_f32(value + engine_flash_f32(bias + i), p->activation_min,
                                         p->activation_max);
            w += p->depth;
        }
        input += p->depth;
    }
}
