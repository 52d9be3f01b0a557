#include "engine_hybrid.h"

#include "engine_bytes.h"
#include "engine_dsp.h"

/* Nearest integer, halves away from zero; what is beyond low..high (or no number) becomes these. */
static int8_t rounded(float x, float low, float high)
{
    x = x > low ? (x < high ? x : high) : low;
    int32_t whole = (int32_t)x;
    const float rest = x - (float)whole; /* exact */
    whole += rest >= 0.5f;
    whole -= rest <= -0.5f;
    return (int8_t)whole;
}

/* The same of -128..127. */
static int32_t nearest(double x)
{
    int32_t whole = (int32_t)x;
    const double rest = x - (double)whole;
    whole += rest >= 0.5;
    whole -= rest <= -0.5;
    return whole;
}

static engine_hybrid_scale symmetric(int8_t *to, const float *x, size_t count, float min, float max)
{
    const float range = -min > max ? -min : max;
    engine_hybrid_scale found = {1.0f, 0};
    float inverse = 0.0f;
    if (range > 0.0f) {
        found.scale = range / 127.0f;
        inverse = 127.0f / range;
    }
    for (; count > 0; count--) {
        *to++ = rounded(inverse * *x++, -127.0f, 127.0f);
    }
    return found;
}

static engine_hybrid_scale asymmetric(int8_t *to, const float *x, size_t count, float min,
                                      float max)
{
    engine_hybrid_scale found = {1.0f, 0};
    float inverse = 0.0f;
    if (min < max) {
        const double low = (double)min, high = (double)max;
        const double scale = (high - low) / 255.0;
        const double from_min = -128.0 - low / scale, from_max = 127.0 - high / scale;
        /* the one that rounding touched less: |low| and |high| over the scale are in the errors */
        double offset = 128.0 - low / scale < 127.0 + high / scale ? from_min : from_max;
        offset = offset > -128.0 ? (offset < 127.0 ? offset : 127.0) : -128.0;
        found.offset = nearest(offset);
        found.scale = (float)scale;
        inverse = (float)(1.0 / (double)found.scale);
    }
    const float zero = (float)found.offset;
    for (; count > 0; count--) {
        const float scaled = *x++ * inverse;
        *to++ = rounded(zero + scaled, -128.0f, 127.0f);
    }
    return found;
}

engine_hybrid_scale engine_hybrid_quantise(int8_t *to, const float *x, size_t count,
                                           int is_asymmetric)
{
    float min = is_asymmetric ? 0.0f : x[0];
    float max = min;
    for (size_t i = 0; i < count; i++) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    return is_asymmetric ? asymmetric(to, x, count, min, max) : symmetric(to, x, count, min, max);
}

void engine_hybrid_add_run(engine_hybrid_sum *sum, const int8_t *q, const int8_t *w, size_t count)
{
    int32_t products = sum->products;
    int32_t weights = sum->weights;
#if defined(ENGINE_DSP)
    for (; count >= 4; count -= 4) {
        const uint32_t four = engine_load_4(q);
        const uint32_t filter = engine_load_4(w);
        const int16x2_t even = __sxtb16((int8x4_t)filter);
        const int16x2_t odd = engine_odd_bytes(filter);
        products = __smlad(__sxtb16((int8x4_t)four), even, products);
        products = __smlad(engine_odd_bytes(four), odd, products);
        weights = __smlad(even, 0x00010001, weights);
        weights = __smlad(odd, 0x00010001, weights);
        q += 4;
        w += 4;
    }
#endif
    for (; count > 0; count--) {
        const int8_t weight = engine_flash_i8(w++);
        products += *q++ * weight;
        weights += weight;
    }
    sum->products = products;
    sum->weights = weights;
}
