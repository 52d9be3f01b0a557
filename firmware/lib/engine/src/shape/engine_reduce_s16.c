#include "core/engine_output_s16.h"
#include "shape/engine_reduce.h"

void engine_mean_s16(const engine_reduce_params *params, const int16_t *input, const int32_t *dims,
                     int16_t *output)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const int16_t *x = input + kept.at;
        int32_t sum = 0;
        for (int32_t left = p.reduced; left > 0; left--) {
            sum += x[reduced.at];
            engine_walk_next(&reduced);
        }
        const int32_t q = engine_requantize(sum, p.multiplier, p.shift);
        *output++ = engine_clamp_s16(q, INT16_MIN, INT16_MAX);
        engine_walk_next(&kept);
    }
}
