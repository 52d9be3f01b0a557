#include "core/engine_output_s16.h"
#include "core/engine_rows.h"
#include "engine_kernels_s16.h"

#define HEADROOM ((int32_t)1 << ENGINE_HEADROOM_S16)

/* Return an element of operand 2; `constant`: it is in flash. */
static inline int16_t operand_s16(const int16_t *x, bool constant)
{
    return constant ? engine_flash_i16(x) : *x;
}

void engine_sum_s16(const engine_sum_s8_params *params, const int16_t *input1,
                    const int16_t *input2, const int32_t *dims, int16_t *output)
{
    engine_sum_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int16_t *a = input1 + r.at1;
        const int16_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t y = operand_s16(b, p.constant2);
            const int32_t x1 = engine_requantize(*a * HEADROOM, p.multiplier1, p.shift1);
            const int32_t x2 = engine_requantize(y * HEADROOM, p.multiplier2, p.shift2);
            const int32_t q =
                engine_requantize(p.sign1 * x1 + p.sign2 * x2, p.output_multiplier, p.output_shift);
            *output++ = engine_clamp_s16(q, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_mul_s16(const engine_mul_s8_params *params, const int16_t *input1,
                    const int16_t *input2, const int32_t *dims, int16_t *output)
{
    engine_mul_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int16_t *a = input1 + r.at1;
        const int16_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t product = (int32_t)*a * operand_s16(b, p.constant2);
            const int32_t q = engine_requantize(product, p.multiplier, p.shift);
            *output++ = engine_clamp_s16(q, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}
