/* The one copy of engine_requantize() that kernels share on AVR, where flash is scarcest. */
#include "core/engine_requantize.h"

#if defined(ENGINE_AVR)
#define ENGINE_PRODUCT(a, b, p0, p1, p2)                                                           \
    "mul %" a "[a], %" b "[b]\n\t"                                                                 \
    "add %" p0 ", r0\n\t"                                                                          \
    "adc %" p1 ", r1\n\t"                                                                          \
    "adc %" p2 ", %[zero]\n\t"
#define ENGINE_LESS(factor)                                                                        \
    "sub %A[top], %A[" factor "]\n\t"                                                              \
    "sbc %B[top], %B[" factor "]\n\t"                                                              \
    "sbc %C[top], %C[" factor "]\n\t"                                                              \
    "sbc %D[top], %D[" factor "]\n\t"

int32_t engine_high_mul(int32_t a, int32_t b)
{
    /* Products of bytes, column by column. */
    uint32_t low = 0;
    uint32_t top = 0;
    __asm__(
        ENGINE_PRODUCT("A", "A", "A[low]", "B[low]", "C[low]") ENGINE_PRODUCT("A", "B", "B[low]",
                                                                              "C[low]", "D[low]")
            ENGINE_PRODUCT("B", "A", "B[low]", "C[low]",
                           "D[low]") ENGINE_PRODUCT("A", "C", "C[low]", "D[low]", "A[top]")
                ENGINE_PRODUCT("B", "B", "C[low]", "D[low]", "A[top]") ENGINE_PRODUCT(
                    "C", "A", "C[low]", "D[low]", "A[top]") ENGINE_PRODUCT("A", "D", "D[low]",
                                                                           "A[top]", "B[top]")
                    ENGINE_PRODUCT("B", "C", "D[low]", "A[top]", "B[top]") ENGINE_PRODUCT(
                        "C", "B", "D[low]", "A[top]", "B[top]") ENGINE_PRODUCT("D", "A", "D[low]",
                                                                               "A[top]", "B[top]")
                        ENGINE_PRODUCT("B", "D", "A[top]", "B[top]", "C[top]") ENGINE_PRODUCT(
                            "C", "C", "A[top]", "B[top]",
                            "C[top]") ENGINE_PRODUCT("D", "B", "A[top]", "B[top]", "C[top]")
                            ENGINE_PRODUCT("C", "D", "B[top]", "C[top]", "D[top]") ENGINE_PRODUCT(
                                "D", "C", "B[top]",
                                "C[top]",
                                "D[top]") "mul %D[a], %D[b]\n\t"
                                          "add %C[top], r0\n\t"
                                          "adc %D[top], r1\n\t"
                                          /* the products took a negative factor for 2^32 more */
                                          "sbrs %D[a], 7\n\t"
                                          "rjmp 1f\n\t" ENGINE_LESS(
                                              "b") "1: sbrs %D[b], 7\n\t"
                                                   "rjmp 2f\n\t" ENGINE_LESS(
                                                       "a") "2: add %D[low], %[half]\n\t"
                                                            "adc %A[top], %[zero]\n\t"
                                                            "adc %B[top], %[zero]\n\t"
                                                            "adc %C[top], %[zero]\n\t"
                                                            "adc %D[top], %[zero]\n\t"
                                                            "lsl %D[low]\n\t"
                                                            "rol %A[top]\n\t"
                                                            "rol %B[top]\n\t"
                                                            "rol %C[top]\n\t"
                                                            "rol %D[top]\n\t"
                                                            "clr __zero_reg__\n\t"
        : [low] "+&r"(low), [top] "+&r"(top)
        : [a] "r"(a), [b] "r"(b), [zero] "r"((uint8_t)0), [half] "r"((uint8_t)0x40)
        : "r0");
    return (int32_t)top;
}

int32_t engine_rounding_shift(int32_t x, int shift)
{
    /* A shift takes cycles for each bit, none for whole bytes. x - 1 keeps halves below 0 from
     * being rounded up. */
    if (shift == 0) {
        return x;
    }
    x -= x < 0;
    for (shift--; shift >= 8; shift -= 8) {
        x >>= 8;
    }
    for (; shift > 0; shift--) {
        x >>= 1;
    }
    return (x + 1) >> 1;
}

int32_t engine_requantize(int32_t x, int32_t multiplier, int shift)
{
    if (shift >= 0) {
        return engine_high_mul((int32_t)((uint32_t)x << shift), multiplier);
    }
    return engine_rounding_shift(engine_high_mul(x, multiplier), -shift);
}
#endif
