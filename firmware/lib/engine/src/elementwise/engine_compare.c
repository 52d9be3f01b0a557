#include "core/engine_requantize.h"
#include "core/engine_rows.h"
#include "engine_kernels_types.h"

#define SHIFT_S8 8 /* bits by which int8 operands are raised before they are rescaled */

void engine_compare_s8(const engine_compare_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output)
{
    engine_compare_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t raised1 = ((int32_t)*a + p.offset1) * (1 << SHIFT_S8);
            const int32_t raised2 =
                ((int32_t)engine_operand_s8(b, p.constant2) + p.offset2) * (1 << SHIFT_S8);
            const int32_t x1 = engine_requantize(raised1, p.multiplier1, p.shift1);
            const int32_t x2 = engine_requantize(raised2, p.multiplier2, p.shift2);
            *output++ = (int8_t)(x1 < x2    ? p.results.less
                                 : x1 == x2 ? p.results.equal
                                            : p.results.greater);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_compare_f32(const engine_compare_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, int8_t *output)
{
    engine_compare_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const float *a = input1 + r.at1;
        const float *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const float x2 = engine_operand_f32(b, p.constant2);
            *output++ = (int8_t)(*a < x2    ? p.results.less
                                 : *a == x2 ? p.results.equal
                                 : *a > x2  ? p.results.greater
                                            : p.results.unordered);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}
