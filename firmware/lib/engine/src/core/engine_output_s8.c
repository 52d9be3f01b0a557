#include "core/engine_output_s8.h"

#if ENGINE_FILTERS > 1
__attribute__((cold)) int8_t engine_any_output_s8(int32_t sum, engine_rescale *r)
{
    return engine_next_output_s8(sum, r);
}

/* Cores that saturate call this for shifts of 0 and more only, others always. */
#if ENGINE_SATURATES
__attribute__((cold))
#endif
void engine_any_block_outputs_s8(int8_t *to, size_t distance, int pixels,
                                        const int32_t *sums, const engine_rescale *r)
{
    for (int p = 0; p < pixels; p++) {
#if ENGINE_SATURATES
        engine_rescale next = *r;
        for (int i = 0; i < ENGINE_BLOCK; i++) {
            to[i] = engine_any_output_s8(sums[i], &next);
        }
#else
        for (int i = 0; i < ENGINE_BLOCK; i++) {
            to[i] = engine_output_s8(sums[i], r->multipliers[i], r->shifts[i], r);
        }
#endif
        to += distance;
        sums += ENGINE_BLOCK;
    }
}
#endif
