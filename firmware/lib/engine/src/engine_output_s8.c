#include "engine_output_s8.h"

#if !defined(__AVR__)
__attribute__((cold)) void engine_any_block_outputs_s8(int8_t *to, size_t distance, int pixels,
                                                       const int32_t *sums, const engine_rescale *r)
{
    for (int i = 0; i < 4; i++) {
        const int32_t multiplier = engine_flash_i32(r->multipliers + i);
        const int shift = engine_flash_i8(r->shifts + i);
        for (int p = 0; p < pixels; p++) {
            to[(size_t)p * distance + (size_t)i] =
                engine_output_s8(sums[4 * p + i], multiplier, shift, r);
        }
    }
}
#endif
