/* Integer arithmetic that GCC's library for the lx106 leaves out, as the ESP8266 has it in ROM: the
 * names and contracts are libgcc's. Nothing here may divide or multiply to 64 bits itself. */
#if defined(PORT_XTENSA_SIM)

#include <stdint.h>

typedef union {
    uint64_t whole;
    struct {
        uint32_t low, high;
    } half;
} wide;

uint64_t __umulsidi3(uint32_t a, uint32_t b);
int64_t __muldi3(int64_t a, int64_t b);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);

uint64_t __umulsidi3(uint32_t a, uint32_t b)
{
    const uint32_t a_low = a & 0xFFFFu, a_high = a >> 16, b_low = b & 0xFFFFu, b_high = b >> 16;
    const uint32_t low = a_low * b_low, high = a_high * b_high;
    const uint32_t cross = a_high * b_low + (low >> 16); /* cannot overflow */
    const uint32_t middle = a_low * b_high + (cross & 0xFFFFu);
    wide product;
    product.half.low = (middle << 16) | (low & 0xFFFFu);
    product.half.high = high + (cross >> 16) + (middle >> 16);
    return product.whole;
}

int64_t __muldi3(int64_t a, int64_t b)
{
    wide x, y, product;
    x.whole = (uint64_t)a;
    y.whole = (uint64_t)b;
    product.whole = __umulsidi3(x.half.low, y.half.low);
    product.half.high += x.half.high * y.half.low + x.half.low * y.half.high;
    return (int64_t)product.whole;
}

/* Restoring division, as many steps as the quotient can have digits. By 0: all ones, as on RISC-V.
 */
static uint32_t divide32(uint32_t a, uint32_t b, uint32_t *rest)
{
    uint32_t quotient = 0;
    if (b == 0) {
        *rest = a;
        return 0xFFFFFFFFu;
    }
    if (a >= b) {
        int32_t shift = __builtin_clz(b) - __builtin_clz(a);
        for (b <<= shift; shift >= 0; shift--, b >>= 1) {
            quotient <<= 1;
            if (a >= b) {
                a -= b;
                quotient |= 1u;
            }
        }
    }
    *rest = a;
    return quotient;
}

static uint64_t divide64(uint64_t a, uint64_t b, uint64_t *rest)
{
    uint64_t quotient = 0;
    if (b == 0) {
        *rest = a;
        return UINT64_MAX;
    }
    if (a >= b) {
        int32_t shift = __builtin_clzll(b) - __builtin_clzll(a);
        for (b <<= shift; shift >= 0; shift--, b >>= 1) {
            quotient <<= 1;
            if (a >= b) {
                a -= b;
                quotient |= 1u;
            }
        }
    }
    *rest = a;
    return quotient;
}

static inline uint32_t magnitude32(int32_t a)
{
    return a < 0 ? 0u - (uint32_t)a : (uint32_t)a;
}

static inline uint64_t magnitude64(int64_t a)
{
    return a < 0 ? 0u - (uint64_t)a : (uint64_t)a;
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
    uint32_t rest;
    return divide32(a, b, &rest);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
    uint32_t rest;
    (void)divide32(a, b, &rest);
    return rest;
}

int32_t __divsi3(int32_t a, int32_t b)
{
    const uint32_t quotient = __udivsi3(magnitude32(a), magnitude32(b));
    return (int32_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
    uint64_t rest;
    return divide64(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
    uint64_t rest;
    (void)divide64(a, b, &rest);
    return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
    const uint64_t quotient = __udivdi3(magnitude64(a), magnitude64(b));
    return (int64_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

#endif
