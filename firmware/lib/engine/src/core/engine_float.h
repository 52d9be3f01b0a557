/* What the floating-point unit that the compiler builds for does at once. */
#ifndef ENGINE_FLOAT_H
#define ENGINE_FLOAT_H

#include "engine_flash.h"

/* Vectors of four float32: dense layers compute four windows together, and any number of filters up
 * to four. */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2) != 0
#define ENGINE_LANES_F32 4
#define ENGINE_PIXELS_F32 4
#else
#define ENGINE_LANES_F32 1
#define ENGINE_PIXELS_F32 1
#endif

/* Return x * weight + sum for dense kernels. It is rounded once where Arm's FPU does that for the
 * price of a multiplication, else twice: both are within the tolerance to the reference. */
static inline float engine_multiply_add(float x, float weight, float sum)
{
#if defined(__ARM_FEATURE_FMA)
    return __builtin_fmaf(x, weight, sum);
#else
    return sum + x * weight;
#endif
}

/* The same for sparse kernels, rounded once wherever there is an instruction for it. */
static inline float engine_sparse_multiply_add(float x, float y, float sum)
{
#if defined(__FP_FAST_FMAF)
    return __builtin_fmaf(x, y, sum);
#else
    return x * y + sum;
#endif
}

/* Declares w0..w3, the four floats at `from`, and moves that pointer on: one load, of which the
 * compiler would make four. Not defined where the FPU has no such load. */
#if defined(__ARM_FP) && defined(__thumb__)
#define ENGINE_NEXT_FLOATS(from)                                                                   \
    register float w0 __asm__("s0");                                                               \
    register float w1 __asm__("s1");                                                               \
    register float w2 __asm__("s2");                                                               \
    register float w3 __asm__("s3");                                                               \
    __asm__("vldmia %0!, {s0-s3}"                                                                  \
            : "+r"(from), "=t"(w0), "=t"(w1), "=t"(w2), "=t"(w3)                                   \
            : "m"(*(const float(*)[4])from))
#endif

#endif
