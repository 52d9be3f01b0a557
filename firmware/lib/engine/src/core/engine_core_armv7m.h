/* Armv7-M and Armv8-M Mainline without the DSP extension. See engine_core.h. */
#ifndef ENGINE_CORE_ARMV7M_H
#define ENGINE_CORE_ARMV7M_H

#include <stdint.h>

#define ENGINE_SATURATES 1

static inline int32_t engine_half_s8(int32_t x)
{
    __asm__("ssat %0, #8, %1, asr #1" : "=r"(x) : "r"(x));
    return x;
}

#endif
