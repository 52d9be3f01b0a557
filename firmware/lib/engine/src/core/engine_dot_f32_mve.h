/* Dot products of float32 with vectors: lanes are filters. See engine_dot_f32.h.
 *
 * Each lane adds its products in the order of the taps, as the reference does, and rounds once for
 * product and addition. A vector of four addresses steps through the filters where they lie in the
 * file's order. The loops are assembly, as the compiler spills vectors. */
#ifndef ENGINE_DOT_F32_MVE_H
#define ENGINE_DOT_F32_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

/* Return the addresses of the word before each filter's weights; lanes beyond the last of `filters`
 * filters repeat it. */
static inline uint32x4_t engine_filters_before(const float *w, int filters, size_t filter)
{
    const uint32x4_t last = vdupq_n_u32((uint32_t)filters - 1);
    const uint32x4_t number = vminq_u32(vidupq_n_u32(0, 1), last);
    return vaddq_n_u32(vmulq_n_u32(number, (uint32_t)(filter * sizeof *w)),
                       (uint32_t)(uintptr_t)w - (uint32_t)sizeof *w);
}

/* Write the outputs of four filters: sums and bias [4], clamped. */
static inline void engine_lanes_outputs_f32(float *to, const float *sums, const float *bias,
                                            float min, float max)
{
    float32x4_t x = vaddq_f32(vldrwq_f32(sums), vldrwq_f32(bias));
    x = vpselq_f32(vdupq_n_f32(min), x, vcmpltq_n_f32(x, min)); /* NaN stays NaN */
    vstrwq_f32(to, vpselq_f32(vdupq_n_f32(max), x, vcmpgtq_n_f32(x, max)));
}

#define ENGINE_TWO_WEIGHTS                                                                         \
    "vldrw.u32 q5, [%q[w], #4]\n\t"                                                                \
    "vldrw.u32 q6, [%q[w], #8]!\n\t"
#define ENGINE_TWO_TAPS(sums, x)                                                                   \
    "ldrd %[tap0], %[tap1], [%[" x "]], #8\n\t"                                                    \
    "vfma.f32 %q[" sums "], q5, %[tap0]\n\t"                                                       \
    "vfma.f32 %q[" sums "], q6, %[tap1]\n\t"
#define ENGINE_ONE_WEIGHT "vldrw.u32 q5, [%q[w], #4]!\n\t"
#define ENGINE_ONE_TAP(sums, x)                                                                    \
    "ldr %[tap0], [%[" x "]], #4\n\t"                                                              \
    "vfma.f32 %q[" sums "], q5, %[tap0]\n\t"

static inline void engine_dot_f32_lanes(float *sums, int filters, const float *x, const float *w,
                                        size_t filter, size_t count)
{
    uint32x4_t at = engine_filters_before(w, filters, filter);
    float32x4_t sums0 = vldrwq_f32(sums);
    uint32_t tap0, tap1;
    if (count > 1) {
        register size_t pairs __asm__("lr") = count / 2;
        __asm__ volatile("1:\n\t" ENGINE_TWO_WEIGHTS ENGINE_TWO_TAPS("s0", "x0") "le lr, 1b\n\t"
                         : [s0] "+w"(sums0), [w] "+w"(at), [x0] "+r"(x),
                           "+r"(pairs), [tap0] "=&r"(tap0), [tap1] "=&r"(tap1)
                         :
                         : "q5", "q6", "memory");
    }
    if (count % 2 != 0) {
        __asm__ volatile(ENGINE_ONE_WEIGHT ENGINE_ONE_TAP("s0", "x0")
                         : [s0] "+w"(sums0), [w] "+w"(at), [x0] "+r"(x), [tap0] "=&r"(tap0)
                         :
                         : "q5", "memory");
    }
    vstrwq_f32(sums, sums0);
}

static inline void engine_dot_f32_pixels(float *sums, const float *x, size_t step, const float *w,
                                         size_t filter, size_t count)
{
    uint32x4_t at = engine_filters_before(w, 4, filter);
    float32x4_t sums0 = vldrwq_f32(sums), sums1 = vldrwq_f32(sums + 4);
    float32x4_t sums2 = vldrwq_f32(sums + 8), sums3 = vldrwq_f32(sums + 12);
    const float *x1 = x + step, *x2 = x1 + step, *x3 = x2 + step;
    uint32_t tap0, tap1;
    if (count > 1) {
        register size_t pairs __asm__("lr") = count / 2;
        __asm__ volatile("1:\n\t" ENGINE_TWO_WEIGHTS ENGINE_TWO_TAPS("s0", "x0")
                             ENGINE_TWO_TAPS("s1", "x1") ENGINE_TWO_TAPS("s2", "x2")
                                 ENGINE_TWO_TAPS("s3", "x3") "le lr, 1b\n\t"
                         : [s0] "+w"(sums0), [s1] "+w"(sums1), [s2] "+w"(sums2), [s3] "+w"(sums3),
                           [w] "+w"(at), [x0] "+r"(x), [x1] "+r"(x1), [x2] "+r"(x2), [x3] "+r"(x3),
                           "+r"(pairs), [tap0] "=&r"(tap0), [tap1] "=&r"(tap1)
                         :
                         : "q5", "q6", "memory");
    }
    if (count % 2 != 0) {
        __asm__ volatile(
            ENGINE_ONE_WEIGHT ENGINE_ONE_TAP("s0", "x0") ENGINE_ONE_TAP("s1", "x1")
                ENGINE_ONE_TAP("s2", "x2") ENGINE_ONE_TAP("s3", "x3")
            : [s0] "+w"(sums0), [s1] "+w"(sums1), [s2] "+w"(sums2), [s3] "+w"(sums3), [w] "+w"(at),
              [x0] "+r"(x), [x1] "+r"(x1), [x2] "+r"(x2), [x3] "+r"(x3), [tap0] "=&r"(tap0)
            :
            : "q5", "memory");
    }
    vstrwq_f32(sums, sums0);
    vstrwq_f32(sums + 4, sums1);
    vstrwq_f32(sums + 8, sums2);
    vstrwq_f32(sums + 12, sums3);
}

#endif
