#include "engine_flash.h"
#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

#define ONE_Q16 ((int32_t)1 << 16)

/* Between the two entries that the upper 9 bits of x choose, by the lower 7. */
static int16_t look_up(const int16_t *table, int16_t x)
{
    const int16_t *entry = table + 256 + (x >> 7);
    const int16_t base = engine_flash_i16(entry);
    const int16_t slope = (int16_t)(engine_flash_i16(entry + 1) - base);
    return (int16_t)(base + (((int32_t)slope * (x & 0x7f) + 64) >> 7));
}

void engine_softmax_s16(const engine_softmax_s16_params *params, const int16_t *input,
                        const int16_t *exp, const int16_t *reciprocal, int16_t *output)
{
    engine_softmax_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        int16_t max = INT16_MIN;
        for (uint16_t i = 0; i < p.depth; i++) {
            max = input[i] > max ? input[i] : max;
        }
        uint32_t sum = 0; /* Q16.15 */
        for (uint16_t i = 0; i < p.depth; i++) {
            const int32_t below = (int32_t)input[i] - max;
            const int32_t scaled = engine_requantize(below, p.multiplier, p.shift);
            output[i] = look_up(exp, engine_clamp_s16(scaled + INT16_MAX, INT16_MIN, INT16_MAX));
            sum += (uint16_t)output[i];
        }
        /* the sum as (1 + x) * 2^places, x in Q0.16 */
        int places = 30;
        while ((sum & 0x40000000u) == 0) {
            sum <<= 1;
            places--;
        }
        const int32_t x = (int32_t)((sum + (1u << 13)) >> 14) - ONE_Q16;
        const int32_t scale =
            look_up(reciprocal, engine_clamp_s16(x + INT16_MIN, INT16_MIN, INT16_MAX));
        const int32_t half = (int32_t)1 << (places - 1);
        for (uint16_t i = 0; i < p.depth; i++) {
            output[i] = engine_clamp_s16((output[i] * scale + half) >> places, 0, INT16_MAX);
        }
        input += p.depth;
        output += p.depth;
    }
}
