#include "core/engine_reciprocal.h"
#include "core/engine_requantize.h"
#include "core/engine_rows.h"
#include "engine_kernels_elementwise.h"
#include "engine_kernels_s8.h"

#define RAISED 7 /* bits by which operands of a squared difference are raised */

void engine_prelu_s8(const engine_prelu_s8_params *params, const int8_t *input1,
                     const int8_t *input2, const int32_t *dims, int8_t *output)
{
    engine_prelu_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t x = (int32_t)*a + p.offset1;
            const int32_t slope = (int32_t)engine_operand_s8(b, p.constant2) + p.offset2;
            const int32_t q = x >= 0 ? engine_requantize(x, p.multiplier1, p.shift1)
                                     : engine_requantize(x * slope, p.multiplier2, p.shift2);
            *output++ = engine_clamp_s8(q + p.output_offset, INT8_MIN, INT8_MAX);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_squared_difference_s8(const engine_squared_difference_s8_params *params,
                                  const int8_t *input1, const int8_t *input2, const int32_t *dims,
                                  int8_t *output)
{
    engine_squared_difference_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t raised1 = ((int32_t)*a + p.offset1) * (1 << RAISED);
            const int32_t raised2 =
                ((int32_t)engine_operand_s8(b, p.constant2) + p.offset2) * (1 << RAISED);
            const int32_t difference = engine_requantize(raised1, p.multiplier1, p.shift1) -
                                       engine_requantize(raised2, p.multiplier2, p.shift2);
            const int32_t q =
                engine_requantize(difference * difference, p.output_multiplier, p.output_shift);
            *output++ = engine_clamp_s8(q + p.output_offset, INT8_MIN, INT8_MAX);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

/* a / b times the factor of multiplier and shift, as reference/div.h: a is raised as far as it goes
 * and multiplied by the reciprocal of b. Quotients by 0 are greater than any output. */
static int32_t quotient(int32_t a, int32_t b, int32_t multiplier, int shift)
{
    if (a == 0) {
        return 0;
    }
    if (b < 0) {
        a = -a;
        b = -b;
    }
    if (b == 0) {
        return a < 0 ? INT16_MIN : INT16_MAX;
    }
    const int zeros = engine_leading_zeros((uint32_t)b);
    const int32_t rest = (int32_t)(((uint32_t)b << zeros) - 0x80000000u);
    /* of the bits below the sign, those that equal it: all 31 of -1 */
    const uint32_t magnitude = (uint32_t)(a < 0 ? ~a : a);
    const int headroom = magnitude == 0 ? 31 : engine_leading_zeros(magnitude) - 1;
    const int32_t raised = (int32_t)((uint32_t)a << headroom);
    const int32_t whole = engine_high_mul(raised, engine_reciprocal_of_one_plus(rest));
    const int down = 31 - zeros + headroom - shift;
    return down > 31 ? 0 : engine_rounding_shift(engine_high_mul(whole, multiplier), down);
}

void engine_div_s8(const engine_mul_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output)
{
    engine_mul_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t divisor = (int32_t)engine_operand_s8(b, p.constant2) + p.offset2;
            const int32_t q = quotient((int32_t)*a + p.offset1, divisor, p.multiplier, p.shift);
            *output++ = engine_clamp_s8(q + p.output_offset, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}
