#include "engine_kernels_s8.h"

#include "engine_flash.h"
#include "core/engine_reciprocal.h"
#include "core/engine_requantize.h"

void engine_softmax_s8(const engine_softmax_s8_params *params, const int8_t *input,
                       const int32_t *table, int8_t *output)
{
    engine_softmax_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        int max = INT8_MIN;
        for (uint16_t i = 0; i < p.depth; i++) {
            max = input[i] > max ? input[i] : max;
        }
        uint32_t sum = 0;
        for (uint16_t i = 0; i < p.depth; i++) {
            const unsigned below = (unsigned)(max - input[i]);
            if (below < p.table_size) {
                sum += (uint32_t)engine_rounding_shift(engine_flash_i32(table + below),
                                                       ENGINE_SOFTMAX_BITS);
            }
        }
        int headroom = 0;
        while ((sum & 0x80000000u) == 0) {
            sum <<= 1;
            headroom++;
        }
        const int32_t scale = engine_reciprocal_of_one_plus((int32_t)(sum - 0x80000000u));
        const int shift = ENGINE_SOFTMAX_BITS - headroom + 31 - 8;
        for (uint16_t i = 0; i < p.depth; i++) {
            const unsigned below = (unsigned)(max - input[i]);
            int32_t q = 0;
            if (below < p.table_size) {
                q = engine_rounding_shift(engine_high_mul(scale, engine_flash_i32(table + below)),
                                          shift);
            }
            output[i] = engine_clamp_s8(q + INT8_MIN, INT8_MIN, INT8_MAX);
        }
        input += p.depth;
        output += p.depth;
    }
}
