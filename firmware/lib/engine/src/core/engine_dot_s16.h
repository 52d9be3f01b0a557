/* Dot products of int16 activations with int8 weights, four filters at once. */
#ifndef ENGINE_DOT_S16_H
#define ENGINE_DOT_S16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_bytes.h"
#include "core/engine_dsp.h"
#include "engine_flash.h"

/* Filters that are computed at once: on AVR there are no registers for more. */
#if defined(__AVR__)
#define ENGINE_FILTERS_S16 1
#else
#define ENGINE_FILTERS_S16 4
#endif

/* A product has at most 2^22: so many fit in int32_t, and only their sums need 64 bits. */
#define ENGINE_CHUNK_S16 508

#if defined(ENGINE_DSP)
static inline int16x2_t engine_load_pair(const int16_t *p)
{
    int16x2_t pair;
    memcpy(&pair, p, sizeof pair);
    return pair;
}

static inline int32_t engine_dot_4_s16(int32_t sum, int16x2_t even, int16x2_t odd, const int8_t *w)
{
    const uint32_t taps = engine_load_4(w);
    sum = __smlad(even, __sxtb16((int8x4_t)taps), sum);
    return __smlad(odd, engine_odd_bytes(taps), sum);
}
#endif

/* Adds the products of ENGINE_CHUNK_S16 taps at most. */
static inline __attribute__((always_inline)) void engine_dot_chunk_s16(int64_t *sums, int filters,
                                                                       const int16_t *x,
                                                                       const int8_t *w,
                                                                       size_t filter, size_t count)
{
#if ENGINE_FILTERS_S16 == 4
    if (filters == 4) {
        const int8_t *w1 = w + filter;
        const int8_t *w2 = w1 + filter;
        const int8_t *w3 = w2 + filter;
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
#if defined(ENGINE_DSP)
        for (; count >= 4; count -= 4) {
            const uint32_t first = (uint32_t)engine_load_pair(x);
            const uint32_t second = (uint32_t)engine_load_pair(x + 2);
            const int16x2_t even = (int16x2_t)((first & 0xffffu) | second << 16);
            const int16x2_t odd = (int16x2_t)(first >> 16 | (second & 0xffff0000u));
            sum0 = engine_dot_4_s16(sum0, even, odd, w);
            sum1 = engine_dot_4_s16(sum1, even, odd, w1);
            sum2 = engine_dot_4_s16(sum2, even, odd, w2);
            sum3 = engine_dot_4_s16(sum3, even, odd, w3);
            x += 4;
            w += 4;
            w1 += 4;
            w2 += 4;
            w3 += 4;
        }
#endif
        for (; count > 0; count--) {
            const int32_t value = *x++;
            sum0 += value * *w++;
            sum1 += value * *w1++;
            sum2 += value * *w2++;
            sum3 += value * *w3++;
        }
        sums[0] += sum0;
        sums[1] += sum1;
        sums[2] += sum2;
        sums[3] += sum3;
        return;
    }
#endif
    (void)filters;
    (void)filter;
    int32_t sum = 0;
    for (; count > 0; count--) {
        sum += (int32_t)*x++ * engine_flash_i8(w++);
    }
    sums[0] += sum;
}

/* Adds the products of `count` taps to the sums of 1 or 4 filters, `filter` weights apart. */
static inline __attribute__((always_inline)) void engine_dot_s16(int64_t *sums, int filters,
                                                                 const int16_t *x, const int8_t *w,
                                                                 size_t filter, size_t count)
{
    while (count > ENGINE_CHUNK_S16) {
        engine_dot_chunk_s16(sums, filters, x, w, filter, ENGINE_CHUNK_S16);
        x += ENGINE_CHUNK_S16;
        w += ENGINE_CHUNK_S16;
        count -= ENGINE_CHUNK_S16;
    }
    engine_dot_chunk_s16(sums, filters, x, w, filter, count);
}

#endif
