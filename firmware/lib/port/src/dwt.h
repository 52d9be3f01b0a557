/* The cycle counter of Cortex-M cores with the DWT unit (Armv7-M Architecture Reference Manual,
 * C1.8). */
#ifndef DWT_H
#define DWT_H

#include <stdint.h>

#define DWT_REGISTER(address) (*(volatile uint32_t *)(address))
#define DWT_CONTROL DWT_REGISTER(0xE0001000u)
#define DWT_CYCLES DWT_REGISTER(0xE0001004u)
#define DWT_LOCK DWT_REGISTER(0xE0001FB0u)
#define DWT_UNLOCK 0xC5ACCE55u
#define DEBUG_CONTROL DWT_REGISTER(0xE000EDFCu)
#define DEBUG_TRACE_ENABLE (1u << 24)

static inline void dwt_on(void)
{
    DEBUG_CONTROL = DEBUG_CONTROL | DEBUG_TRACE_ENABLE;
    DWT_LOCK = DWT_UNLOCK; /* the M7 keeps it locked after reset; elsewhere this does nothing */
    DWT_CONTROL = DWT_CONTROL | 1u;
}

#endif
