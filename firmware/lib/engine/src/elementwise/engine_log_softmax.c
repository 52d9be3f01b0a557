#include <math.h>
#include <stddef.h>

#include "core/engine_requantize.h"
#include "core/engine_reciprocal.h"
#include "engine_flash.h"
#include "engine_kernels_types.h"

/* Bits before the binary point: of sums of exponentials, of logarithms, and of an accumulator. */
#define SUM_BITS 12
#define LOG_BITS 5
#define ACCUMULATOR_BITS (LOG_BITS + 1)
#define OUTPUT_BITS 4
#define OUTPUT_ZERO 127
/* in Q0.31; SQRT4 are fourth roots */
#define LOG_2 1488522236                                /* log(2) */
#define HALF_SQRT4 1805811301                           /* of 1/2 */
#define HALF_SQRT 1518500250                            /* sqrt(1/2) */
#define ALPHA_N 117049297                               /* 11/240 of that of 2 */
#define ALPHA_D 127690142                               /* 1/20 of it */
#define ALPHA_I 1057819769                              /* 2 / it - it */
#define ALPHA_F 638450708                               /* 1/4 of it */
#define QUARTER ((int32_t)1 << (29 - ACCUMULATOR_BITS)) /* in the accumulator's form */

static int32_t saturated(int64_t x)
{
    return x > INT32_MAX ? INT32_MAX : (x < INT32_MIN ? INT32_MIN : (int32_t)x);
}

/* x * 2^bits, saturated. */
static int32_t raised(int32_t x, int bits)
{
    return saturated((int64_t)x * ((int64_t)1 << bits));
}

/* Half of the sum, halves away from zero. */
static int32_t half_sum(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* log(x) in Q5.26 for x >= 1 in Q12.19, as gemmlowp's fixed-point numbers compute it in
 * log_x_for_x_greater_than_or_equal_to_1: a power of two, and a rational function of the rest. */
static int32_t logarithm(int32_t x)
{
    const int zeros = engine_leading_zeros((uint32_t)x);
    const int32_t rest_a = raised(engine_high_mul(raised(x, zeros - 1), HALF_SQRT), 1);
    const int32_t power_a =
        saturated((int64_t)raised(SUM_BITS - zeros, 31 - ACCUMULATOR_BITS) + QUARTER);
    const int32_t scaled = engine_high_mul(x, HALF_SQRT);
    const int headroom = engine_leading_zeros((uint32_t)scaled) - 1;
    const int32_t rest_b = raised(x, headroom);
    const int32_t power_b =
        saturated((int64_t)raised(SUM_BITS - headroom, 31 - ACCUMULATOR_BITS) - QUARTER);
    const int32_t r = rest_a < rest_b ? rest_a : rest_b;
    const int32_t power = power_a > power_b ? power_a : power_b;
    const int32_t p = half_sum(r, HALF_SQRT4);
    const int32_t q = 2 * (r - HALF_SQRT4);
    const int32_t square = engine_high_mul(q, q);
    const int32_t top =
        engine_high_mul(q, r) + engine_high_mul(engine_high_mul(q, square), ALPHA_N);
    const int32_t bottom = engine_high_mul(p, ALPHA_I + q + engine_high_mul(ALPHA_D, square)) +
                           engine_high_mul(ALPHA_F, q);
    const int32_t inverse = engine_reciprocal_of_one_plus(bottom);
    const int32_t fraction = engine_high_mul(engine_rounding_shift(top, ACCUMULATOR_BITS), inverse);
    return raised(engine_high_mul(power, LOG_2) + fraction, 1);
}

static int greatest_of(const int8_t *x, size_t count)
{
    int greatest = INT8_MIN;
    for (size_t i = 0; i < count; i++) {
        greatest = x[i] > greatest ? x[i] : greatest;
    }
    return greatest;
}

void engine_log_softmax_s8(const engine_log_softmax_s8_params *params, const int8_t *input,
                           const int32_t *table, int8_t *output)
{
    engine_log_softmax_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        const int greatest = greatest_of(input, p.depth);
        int32_t sum = 0;
        for (size_t i = 0; i < p.depth; i++) {
            const unsigned below = (unsigned)(greatest - input[i]);
            sum += below < p.table_size ? engine_flash_i32(table + below) : 0;
        }
        const int32_t log_sum = logarithm(sum);
        /* differences below this one have no logarithm in Q5.26 */
        const int32_t reach =
            engine_requantize(log_sum + INT32_MIN, p.reverse_multiplier, -p.reverse_shift);
        const int32_t last = -(int32_t)p.table_size; /* the first one beyond the table */
        const int32_t least = reach > last ? reach : last;
        for (size_t i = 0; i < p.depth; i++) {
            const int32_t difference = (int32_t)input[i] - greatest;
            int32_t q = INT8_MIN;
            if (difference > least) {
                const int32_t x = engine_requantize(difference, p.multiplier, p.shift);
                q = engine_rounding_shift(x - log_sum, 31 - LOG_BITS - OUTPUT_BITS) + OUTPUT_ZERO;
            }
            output[i] = engine_clamp_s8(q, INT8_MIN, INT8_MAX);
        }
        input += p.depth;
        output += p.depth;
    }
}

void engine_log_softmax_f32(const engine_log_softmax_f32_params *params, const float *input,
                            float *output)
{
    engine_log_softmax_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint16_t row = 0; row < p.rows; row++) {
        float greatest = input[0];
        for (uint16_t i = 1; i < p.depth; i++) {
            greatest = input[i] > greatest ? input[i] : greatest;
        }
        float sum = 0.0f;
        for (uint16_t i = 0; i < p.depth; i++) {
            sum += expf(input[i] - greatest);
        }
        const float log_sum = logf(sum);
        for (uint16_t i = 0; i < p.depth; i++) {
            output[i] = input[i] - greatest - log_sum;
        }
        input += p.depth;
        output += p.depth;
    }
}
