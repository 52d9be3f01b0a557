#include <math.h>

#include "engine_flash.h"
#include "core/engine_row_hybrid.h"

typedef struct {
    float least, greatest;
} extent;

static extent extent_of(const float *x, size_t count)
{
    extent e = {x[0], x[0]};
    for (size_t i = 1; i < count; i++) {
        e.least = x[i] < e.least ? x[i] : e.least;
        e.greatest = x[i] > e.greatest ? x[i] : e.greatest;
    }
    return e;
}

static int8_t rounded(float x, float low, float high)
{
    const float whole = roundf(x);
    return (int8_t)(!(whole > low) ? low : (whole > high ? high : whole));
}

static engine_row_tail quantize_symmetric(const float *input, size_t depth, extent e,
                                          int8_t *output)
{
    const float range = fmaxf(fabsf(e.least), fabsf(e.greatest));
    const float factor = range > 0.0f ? 127.0f / range : 0.0f;
    for (size_t i = 0; i < depth; i++) {
        output[i] = rounded(input[i] * factor, -127.0f, 127.0f);
    }
    return (engine_row_tail){range > 0.0f ? range / 127.0f : 1.0f, 0};
}

/* The zero point in double, as TensorFlow Lite has it, so that both round it alike; on AVR a double
 * is a float, and one in some ten thousand rows has the neighbouring zero point. */
static engine_row_tail affine_of(extent e)
{
    const float least = e.least < 0.0f ? e.least : 0.0f;
    const float greatest = e.greatest > 0.0f ? e.greatest : 0.0f;
    if (!(least < greatest)) {
        return (engine_row_tail){1.0f, 0};
    }
    const double scale = (double)(greatest - least) / 255.0;
    const double below = (double)least / scale;
    const double above = (double)greatest / scale;
    /* from the end whose terms are the smaller ones */
    const double exact = 128.0 - below < 127.0 + above ? -128.0 - below : 127.0 - above;
    const double clamped = !(exact > -128.0) ? -128.0 : (exact > 127.0 ? 127.0 : exact);
    return (engine_row_tail){(float)scale, (int8_t)(clamped < 0.0 ? clamped - 0.5 : clamped + 0.5)};
}

static engine_row_tail quantize_asymmetric(const float *input, size_t depth, extent e,
                                           int8_t *output)
{
    const engine_row_tail tail = affine_of(e);
    const float factor = 1.0f / tail.scale;
    const float zero_point = (float)tail.zero_point;
    for (size_t i = 0; i < depth; i++) {
        output[i] = rounded(zero_point + input[i] * factor, -128.0f, 127.0f);
    }
    return tail;
}

void engine_quantize_rows_f32(const engine_rows_params *params, const float *input, int8_t *output)
{
    engine_rows_params p;
    engine_flash_copy(&p, params, sizeof p);
    const size_t depth = (size_t)p.depth;
    for (uint16_t row = 0; row < p.rows; row++) {
        const extent e = extent_of(input, depth);
        const engine_row_tail tail = p.asymmetric ? quantize_asymmetric(input, depth, e, output)
                                                  : quantize_symmetric(input, depth, e, output);
        engine_row_write(output, depth, tail);
        input += depth;
        output += ENGINE_ROW_PITCH(depth);
    }
}
