/* The instruction cache of a Cortex-M7 (Armv7-M Architecture Reference Manual, B3.2.8 and B2.2.7).
 * The cores of the boards turn both caches on; where one did not, every fetch from flash would pay
 * wait states. The data cache is left alone: turning it on under a running core would break the
 * drivers that share buffers with DMA.
 */
#ifndef CACHE_M7_H
#define CACHE_M7_H

#include <stdint.h>

#define CACHE_REGISTER(address) (*(volatile uint32_t *)(address))
#define CACHE_CONTROL CACHE_REGISTER(0xE000ED14u) /* CCR */
#define CACHE_INSTRUCTIONS (1u << 17)
#define CACHE_INVALIDATE_ALL CACHE_REGISTER(0xE000EF50u) /* ICIALLU */

static inline void cache_instructions_on(void)
{
    if (CACHE_CONTROL & CACHE_INSTRUCTIONS) {
        return;
    }
    __asm volatile("dsb\n\tisb" ::: "memory");
    CACHE_INVALIDATE_ALL = 0;
    __asm volatile("dsb\n\tisb" ::: "memory");
    CACHE_CONTROL = CACHE_CONTROL | CACHE_INSTRUCTIONS;
    __asm volatile("dsb\n\tisb" ::: "memory");
}

#endif
